public import CheckpointCore

/// What is wrong with the settings of a function: all of it, so that it is put right in one go.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A setting that is missing or wrong.
  public struct Problem: Sendable, Hashable {
    /// The environment variable, by its first name.
    public let variable: String
    /// What is wrong with it and what is right, as sentences that name it.
    public let message: String
  }

  /// The problems, in the order of the settings' documentation.
  public let problems: [Problem]

  /// The sentences about all problems.
  public var description: String { problems.map(\.message).joined(separator: " ") }
}

extension ConfigurationError {
  /// The problems as the body of an answer.
  public var json: JSONValue {
    .object([
      ("error", .string(description)), ("code", .string("configuration")),
      (
        "problems",
        .array(
          problems.map {
            .object([("variable", .string($0.variable)), ("message", .string($0.message))])
          })
      ),
    ])
  }
}
