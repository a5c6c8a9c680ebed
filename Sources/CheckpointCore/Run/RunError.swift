/// Why a run as a whole could not be done. Nothing was recorded then.
public struct RunError: Error, Sendable, CustomStringConvertible {
  /// The kind of an error; more may come.
  public struct Code: Sendable, Hashable, RawRepresentable {
    /// A stable name.
    public let rawValue: String

    /// The kind of a name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The source cannot be listed.
    public static let source = Code(rawValue: "source-unavailable")
    /// The state cannot be read.
    public static let state = Code(rawValue: "state-unavailable")
    /// The checkpoints belong to another source.
    public static let otherSource = Code(rawValue: "other-source")
    /// The time of the run was over before anything could be done.
    public static let outOfTime = Code(rawValue: "out-of-time")
    /// No column can be added to the event type to hold what the run needs.
    public static let schema = Code(rawValue: "unusable-schema")
    /// A step of a backfill cannot be done.
    public static let backfill = Code(rawValue: "backfill-failed")
    /// A checkpoint under an earlier key template cannot be read, and its rows must be carried over.
    public static let migration = Code(rawValue: "migration-failed")
  }

  /// The kind of the error.
  public let code: Code
  /// What happened, as a sentence.
  public let description: String
  /// What caused it.
  public let underlying: (any Error)?

  static func otherSource(_ state: CheckpointState, _ blank: CheckpointState) -> RunError {
    RunError(
      .otherSource,
      "The checkpoints belong to the source \(state.source), not to \(blank.source); another "
        + "source needs checkpoints of its own.")
  }

  init(_ code: Code, _ description: String, underlying: (any Error)? = nil) {
    self.code = code
    self.description = description
    self.underlying = underlying
  }
}
