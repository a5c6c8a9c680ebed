public import EventLogModel
public import ParquetKit

/// What a run is to do. Everything that decides about the outcome is here or in the stores.
public struct RunConfiguration: Sendable {
  /// The event type.
  public var schema: EventSchema
  /// Under which keys the checkpoints lie, in the store of the checkpoints.
  public var keyTemplate: KeyTemplate
  /// Only objects whose key begins with this are looked at.
  public var sourcePrefix: String
  /// What happens to fields that the schema does not have.
  public var unknownFields: EventDecoder.UnknownFieldPolicy
  /// The bounds on one object.
  public var limits: EventDecoder.Limits
  /// The compression of the checkpoints.
  public var compression: Compression
  /// The most rows of a row group in the checkpoints.
  public var maximumRowGroupRows: Int
  /// How long an object can become visible later than its LastModified says.
  public var overlap: Duration
  /// How many objects are read at the same time.
  public var concurrency: Int
  /// How many checkpoints are merged at the same time; each is in memory meanwhile.
  public var commitConcurrency: Int
  /// How often a write is tried that somebody else's write got ahead of.
  public var maximumAttempts: Int
  /// Whether all sources are read again and damaged checkpoints are replaced.
  public var rebuilds: Bool
  /// Whether a rebuild leaves out the rows of readable checkpoints whose objects are gone.
  public var onlySources: Bool
  /// Only the checkpoints that hold one of these groups, given by the values of the schema's group
  /// fields, are brought up to date; nil for all. What belongs to others stays for the next run, so
  /// no mark moves, and refused objects are not looked at again.
  public var onlyGroups: Set<[String]>?
  /// Whether the objects on the record of refused ones are read again.
  public var retriesRefused: Bool
  /// How long the run may take, from its beginning; nil for as long as it needs. It stops reading
  /// in time to commit what it has.
  public var budget: Duration?
  /// The most objects that are read before what they hold is committed.
  public var roundObjects: Int
  /// About the most bytes of objects that are read before what they hold is committed.
  public var roundBytes: Int
  /// The most objects that are planned from one listing, the oldest ones; the others come after
  /// another listing. One takes about as many bytes as its key has, and 32.
  public var plannedObjects: Int
  /// Whether nothing is written.
  public var isDryRun: Bool

  /// A run that does what is new.
  ///
  /// - Parameters:
  ///   - schema: The event type.
  ///   - keyTemplate: Under which keys the checkpoints lie.
  public init(schema: EventSchema, keyTemplate: KeyTemplate) {
    self.schema = schema
    self.keyTemplate = keyTemplate
    sourcePrefix = ""
    unknownFields = .refuse
    limits = EventDecoder.Limits()
    compression = .zstd
    maximumRowGroupRows = RowGroupLayout().maximumRows
    overlap = .seconds(15 * 60)
    concurrency = 16
    commitConcurrency = 2
    maximumAttempts = 8
    rebuilds = false
    onlySources = false
    onlyGroups = nil
    retriesRefused = false
    budget = nil
    roundObjects = 100_000
    roundBytes = 64 << 20
    plannedObjects = 1_000_000
    isDryRun = false
  }

  /// Whether an object holds an event: the last part of its key is `log-*.json`.
  public static func isEventKey(_ key: String) -> Bool {
    let name = ObjectKey.lastSegment(key).utf8
    return name.count >= 9 && name.starts(with: "log-".utf8)
      && name.suffix(5).elementsEqual(".json".utf8)
  }

  /// The overlap in microseconds.
  var overlapMicroseconds: Int64 {
    let (seconds, attoseconds) = overlap.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    // An overlap of millennia is as good as one of centuries.
    return overflow ? 1 << 60 : max(0, min(1 << 60, whole + attoseconds / 1_000_000_000_000))
  }

  /// The event type of the rows and of the files.
  ///
  /// - Throws: ``RunError`` where no column can be added to it.
  func rowSchema() throws -> RowSchema {
    do {
      return try RowSchema(schema)
    } catch {
      throw RunError(.schema, error.description, underlying: error)
    }
  }

  /// How rows are divided into row groups.
  var layout: RowGroupLayout { RowGroupLayout(maximumRows: maximumRowGroupRows) }

  /// Where the state lies.
  var stateKey: String { keyTemplate.directory + "_state.json" }
}

/// What a run takes from outside besides the stores: time, chance and waiting, so that tests and
/// simulations can hold them.
public struct RunEnvironment: Sendable {
  /// How much time has passed since some moment.
  public var elapsed: @Sendable () -> Duration
  /// A number from 0 up to 1, for jitter.
  public var random: @Sendable () -> Double
  /// Waits.
  public var sleep: @Sendable (Duration) async throws -> Void

  /// An environment of one's own.
  public init(
    elapsed: @escaping @Sendable () -> Duration, random: @escaping @Sendable () -> Double,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.elapsed = elapsed
    self.random = random
    self.sleep = sleep
  }

  /// The system's clock and random numbers.
  public static var system: RunEnvironment {
    let start = ContinuousClock.now
    return RunEnvironment(
      elapsed: { ContinuousClock.now - start }, random: { Double.random(in: 0..<1) },
      sleep: { try await Task.sleep(for: $0) })
  }

  /// How long to wait before another attempt: 50 ms doubled each time, up to 2 s, of which a
  /// random part from half on is taken, so that two runs do not keep meeting. The bound is small, so
  /// that who has waited long is not always overtaken by who has come last.
  func pause(beforeAttempt attempt: Int) -> Duration {
    let longest = min(2000.0, 50 * Double(1 << min(attempt, 10)))
    return .milliseconds(Int64(longest * (0.5 + random() / 2)))
  }
}
