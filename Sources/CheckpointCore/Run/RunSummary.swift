public import EventLogModel

/// What a run did. Encoded as JSON it is the `body` of the command's and the Lambda's answer.
public struct RunSummary: Sendable, Hashable {
  /// A group in a checkpoint that is committed, or that needed no change.
  public struct Group: Sendable, Hashable {
    /// The names of the schema's group fields.
    public var names: [String]
    /// Their values.
    public var values: [String]
    /// How many rows this run added or replaced.
    public var events: Int
    /// The rows of the group in the checkpoint.
    public var rows: Int
    /// The key of the checkpoint.
    public var checkpointKey: String
  }

  /// A group whose checkpoint could not be brought up to date.
  public struct FailedGroup: Sendable, Hashable {
    /// The names of the schema's group fields.
    public var names: [String]
    /// Their values.
    public var values: [String]
    /// Why, as a sentence.
    public var error: String
    /// The key of the checkpoint.
    public var checkpointKey: String
  }

  /// An object that was refused, and why.
  public struct Refusal: Sendable, Hashable {
    /// The key of the object.
    public var key: String
    /// Its faults.
    public var faults: [EventFault]
  }

  /// All objects that were listed.
  public var listed = 0
  /// Those of them that are no events.
  public var ignored = 0
  /// Objects that were read.
  public var fetched = 0
  /// Valid events in them, those that are left out included.
  public var totalEvents = 0
  /// Valid events that the schema leaves out.
  public var filteredEvents = 0
  /// Objects that hold no valid event.
  public var refused = 0
  /// Some of them, at most ``listedRefusals``; all are on record.
  public var refusals: [Refusal] = []
  /// Objects that were there but could not be read.
  public var unreadable = 0
  /// Objects that are not merged because they lie in an archive storage class.
  public var archived = 0
  /// Objects that went away between listing and reading.
  public var vanished = 0
  /// Groups for which this run had new events, and whose checkpoint is up to date.
  public var successfulGroups: [Group] = []
  /// Groups whose checkpoint could not be brought up to date.
  public var failedGroups: [FailedGroup] = []
  /// Whether every valid event that was listed is in its checkpoint, and this is recorded.
  public var complete = true
  /// Objects that are left for the next run; those in an archive are not among them, since a run
  /// cannot read them.
  public var remaining = 0
  /// How long the run took.
  public var durationMilliseconds = 0
  /// What a person should know, as sentences.
  public var warnings: [String] = []
  /// Why the state could not be written, as a sentence; the next run then reads again what this
  /// one read.
  public var stateError: String?
  /// Whether nothing was written, because that was asked for.
  public var isDryRun = false
  /// All checkpoints that are known.
  public var checkpoints = 0
  /// Those of them that nothing failed for.
  var soundCheckpoints = 0
  /// All their rows.
  public var rows = 0

  /// As many refused objects are named.
  public static let listedRefusals = 10

  /// Nothing done yet.
  public init() {}

  /// The groups for which this run had new events.
  public var groupsProcessed: Int { successfulGroups.count + failedGroups.count }

  /// Shows keys of checkpoints with what stands before them where they are meant for people: the
  /// directory that is the store's root.
  public mutating func prefixKeys(with prefix: String) {
    for index in successfulGroups.indices {
      successfulGroups[index].checkpointKey = prefix + successfulGroups[index].checkpointKey
    }
    for index in failedGroups.indices {
      failedGroups[index].checkpointKey = prefix + failedGroups[index].checkpointKey
    }
  }

  /// Whether no group could be brought up to date.
  public var hasOnlyFailures: Bool {
    !failedGroups.isEmpty && successfulGroups.isEmpty && soundCheckpoints == 0
  }

  /// The status of the process: 0 all well, 2 some groups failed or the state could not be
  /// written, 3 all failed. Refused and unreadable objects make it 2 where `strict` is set.
  public func exitStatus(strict: Bool = false) -> Int32 {
    if hasOnlyFailures { return 3 }
    if !failedGroups.isEmpty || stateError != nil { return 2 }
    return strict && refused + unreadable > 0 ? 2 : 0
  }

  /// The status as HTTP has it: 200 all well, 207 some groups failed, 500 all failed.
  public var statusCode: Int {
    if hasOnlyFailures { return 500 }
    return failedGroups.isEmpty && stateError == nil ? 200 : 207
  }
}

extension RunSummary {
  /// The summary as the `body` of an answer, under the names that the command's documentation
  /// gives and in their order.
  public var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("listed", .integer(listed)),
      ("ignored", .integer(ignored)),
      ("fetched", .integer(fetched)),
      ("total_events", .integer(totalEvents)),
      ("filtered_events", .integer(filteredEvents)),
      ("refused", .integer(refused)),
      ("groups_processed", .integer(groupsProcessed)),
      ("groups_failed", .integer(failedGroups.count)),
      ("successful_groups", .array(successfulGroups.map(\.json))),
      ("failed_groups", .array(failedGroups.map(\.json))),
      ("complete", .boolean(complete)),
      ("remaining", .integer(remaining)),
      ("duration_ms", .integer(durationMilliseconds)),
      ("unreadable", .integer(unreadable)),
      ("archived", .integer(archived)),
      ("vanished", .integer(vanished)),
      ("checkpoints", .integer(checkpoints)),
      ("rows", .integer(rows)),
      ("dry_run", .boolean(isDryRun)),
      ("warnings", .array(warnings.map { .string($0) })),
    ]
    if let stateError { members.append(("state_error", .string(stateError))) }
    return .object(members)
  }
}

extension RunSummary.Group {
  var json: JSONValue {
    .object(
      zip(names, values).map { ($0, .string($1)) } + [
        ("events", .integer(events)), ("rows", .integer(rows)),
        ("checkpoint_key", .string(checkpointKey)),
      ])
  }
}

extension RunSummary.FailedGroup {
  var json: JSONValue {
    .object(
      zip(names, values).map { ($0, .string($1)) } + [
        ("error", .string(error)), ("checkpoint_key", .string(checkpointKey)),
      ])
  }
}
