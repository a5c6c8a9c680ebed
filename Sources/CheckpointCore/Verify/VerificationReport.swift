/// What a verification found.
public struct VerificationReport: Sendable, Hashable {
  /// A way in which a checkpoint is not what it should be.
  public struct Difference: Sendable, Hashable {
    /// The kind of a difference; more may come.
    public struct Kind: Sendable, Hashable, RawRepresentable {
      /// A stable name.
      public let rawValue: String

      /// The kind of a name.
      public init(rawValue: String) {
        self.rawValue = rawValue
      }

      /// A valid event has no row.
      public static let missing = Kind(rawValue: "missing")
      /// A row has the content of an earlier version of its event.
      public static let outdated = Kind(rawValue: "outdated")
      /// A row belongs to another checkpoint.
      public static let misplaced = Kind(rawValue: "misplaced")
      /// A row is one of those that the event type leaves out.
      public static let excluded = Kind(rawValue: "excluded")
      /// An event has more than one row.
      public static let duplicate = Kind(rawValue: "duplicate")
      /// A row stands before one that should come first.
      public static let disorder = Kind(rawValue: "disorder")
      /// Statistics, page index or counts do not hold for the rows.
      public static let statistics = Kind(rawValue: "statistics")
      /// A checkpoint is not there, or cannot be read.
      public static let unreadable = Kind(rawValue: "unreadable")
    }

    /// What is wrong.
    public var kind: Kind
    /// The checkpoint.
    public var checkpointKey: String
    /// Where and how, as a sentence.
    public var detail: String
  }

  /// A checkpoint.
  public struct Checkpoint: Sendable, Hashable {
    /// Its key.
    public var key: String
    /// Its rows.
    public var rows = 0
    /// Rows that no object is there for any more, or whose object lies in an archive.
    public var rowsWithoutObject = 0
  }

  /// All objects that were listed.
  public var listed = 0
  /// Valid events in them, those that are left out not included.
  public var events = 0
  /// Events that the event type leaves out.
  public var excluded = 0
  /// Objects that hold no valid event.
  public var refused = 0
  /// Objects that could not be read: nothing is proven for them.
  public var unreadable = 0
  /// Objects in an archive storage class, which cannot be compared.
  public var archived = 0
  /// Objects that no run has come to yet: newer than the last one, or on its list of retries.
  public var pending = 0
  /// The checkpoints, ordered by key.
  public var checkpoints: [Checkpoint] = []
  /// The first differences of each kind.
  public var differences: [Difference] = []
  /// How many there are of each kind.
  public var counts: [Difference.Kind: Int] = [:]
  /// What a person should know, as sentences.
  public var warnings: [String] = []

  /// As many differences of a kind are listed; the others are counted.
  static let listedDifferences = 20

  /// Nothing found yet.
  public init() {}

  /// All differences.
  public var differenceCount: Int { counts.values.reduce(0, +) }

  /// The rows of all checkpoints.
  public var rows: Int { checkpoints.reduce(0) { $0 + $1.rows } }

  /// The rows of all checkpoints that no object is there for.
  public var rowsWithoutObject: Int { checkpoints.reduce(0) { $0 + $1.rowsWithoutObject } }

  /// Whether every object that could be read has been compared, and everything is as it should be.
  public var isProven: Bool { differenceCount == 0 && unreadable == 0 }

  /// The status of the process: 0 proven, 2 not.
  public var exitStatus: Int32 { isProven ? 0 : 2 }

  mutating func add(_ kind: Difference.Kind, _ key: String, _ detail: @autoclosure () -> String) {
    let count = counts[kind, default: 0]
    counts[kind] = count + 1
    if count < VerificationReport.listedDifferences {
      differences.append(Difference(kind: kind, checkpointKey: key, detail: detail()))
    }
  }

  /// The report as one JSON object.
  public var json: JSONValue {
    .object([
      ("proven", .boolean(isProven)),
      ("listed", .integer(listed)),
      ("events", .integer(events)),
      ("filtered_events", .integer(excluded)),
      ("refused", .integer(refused)),
      ("unreadable", .integer(unreadable)),
      ("archived", .integer(archived)),
      ("pending", .integer(pending)),
      ("rows", .integer(rows)),
      ("rows_without_object", .integer(rowsWithoutObject)),
      ("differences", .integer(differenceCount)),
      (
        "difference_counts",
        .object(
          counts.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { ($0.key.rawValue, .integer($0.value)) })
      ),
      (
        "first_differences",
        .array(
          differences.map {
            .object([
              ("kind", .string($0.kind.rawValue)), ("checkpoint_key", .string($0.checkpointKey)),
              ("detail", .string($0.detail)),
            ])
          })
      ),
      (
        "checkpoints",
        .array(
          checkpoints.map {
            .object([
              ("checkpoint_key", .string($0.key)), ("rows", .integer($0.rows)),
              ("rows_without_object", .integer($0.rowsWithoutObject)),
            ])
          })
      ),
      ("warnings", .array(warnings.map { .string($0) })),
    ])
  }
}
