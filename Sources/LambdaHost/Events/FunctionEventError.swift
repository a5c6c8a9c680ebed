/// Why bytes are no event that the function understands: the answer is the status 400.
public struct FunctionEventError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was understood, what was not, and what would be right, as sentences.
  public let description: String
  /// Whether the event is from a queue, which would forget the messages if there were an answer.
  public let mustBeKept: Bool

  init(_ description: String, mustBeKept: Bool = false) {
    self.description = description
    self.mustBeKept = mustBeKept
  }
}
