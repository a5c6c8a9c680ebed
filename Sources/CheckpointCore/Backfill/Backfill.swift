import EventLogModel

/// A first run that is divided among many processes, for histories that outgrow one.
///
/// ``plan(batchSize:)`` lists the source and writes what is to be read in batches;
/// ``work(batch:)``, once for each batch and any number at the same time, reads the objects of one
/// and writes their events as a partial checkpoint; ``merge()`` folds the partial checkpoints into
/// the checkpoints, and writes the state when all are in. Afterwards all is as if one run had done
/// it.
///
/// Each step may be repeated, be cut off at any point, and run at the same time as itself and as
/// other runs: plan, batches and partial checkpoints are written once and never changed, and merging
/// is idempotent.
public struct Backfill: Sendable {
  /// What ``plan(batchSize:)`` has laid out.
  public struct Plan: Sendable, Hashable {
    /// The key of the manifest, among the checkpoints: a JSON array with an object for each batch,
    /// whose member `batch` is the batch's key.
    public var manifest: String
    /// The keys of the batches.
    public var batches: [String]
    /// How many events there are in them.
    public var objects: Int
    /// Objects that are not read because they lie in an archive storage class.
    public var archived: Int
  }

  /// What ``work(batch:)`` has done.
  public struct BatchOutcome: Sendable, Hashable {
    /// The key of the partial checkpoint.
    public var partial: String
    /// What was read. Nothing is merged yet.
    public var summary: RunSummary
    /// Whether somebody had done it before.
    public var wasDone: Bool
  }

  /// What ``merge()`` has done.
  public struct MergeOutcome: Sendable, Hashable {
    /// What was merged, and what the batches came to.
    public var summary: RunSummary
    /// Partial checkpoints that are there and were not merged for want of time: merge again.
    public var partialsLeft: Int
    /// Batches that have no partial checkpoint: work on them again, then merge again.
    public var batchesMissing: Int
    /// Whether everything is merged and the state says so.
    public var isFinished: Bool
  }

  let source: any ObjectStore
  let checkpoints: any ObjectStore
  let configuration: RunConfiguration
  let id: String
  let environment: RunEnvironment
  /// How far merging is. The values end when that does.
  public let progress: AsyncStream<RunProgress>
  let report: AsyncStream<RunProgress>.Continuation

  /// A backfill.
  ///
  /// - Parameters:
  ///   - source: Where the event objects lie.
  ///   - checkpoints: Where the checkpoints, the state, and what the steps leave for each other lie.
  ///   - configuration: That of the runs. The budget is that of one step.
  ///   - id: Names the backfill: 1 to 80 of the characters `A`-`Z`, `a`-`z`, `0`-`9`, `_` and `-`.
  ///   - environment: Time, chance and waiting.
  /// - Throws: ``RunError`` for another id.
  public init(
    source: any ObjectStore, checkpoints: any ObjectStore, configuration: RunConfiguration,
    id: String, environment: RunEnvironment = .system
  ) throws {
    guard Backfill.isName(id) else {
      throw RunError(
        .backfill,
        "A backfill is named by 1 to 80 letters, digits, \"_\" and \"-\", not by \"\(id.prefix(80))\"."
      )
    }
    self.source = source
    self.checkpoints = checkpoints
    self.configuration = configuration
    self.id = id
    self.environment = environment
    (progress, report) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
  }

  /// Whether a text can name a backfill: it becomes a part of keys.
  public static func isName(_ text: String) -> Bool {
    (1...80).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// Where everything of the backfill lies.
  var directory: String { configuration.keyTemplate.directory + "_backfill/\(id)/" }

  var planKey: String { directory + "plan.json" }

  var progressKey: String { directory + "merged.json" }

  /// Reads one of our JSON objects; nil where it is not there.
  func load<Form: Decodable>(_ type: Form.Type, _ key: String) async throws -> (Form, ETag)? {
    let stored: StoredObject
    do {
      stored = try await checkpoints.get(key, limit: Backfill.maximumJSON)
    } catch let error as ObjectStoreError where error.code == .notFound {
      return nil
    } catch let error as ObjectStoreError {
      throw RunError(.backfill, "\"\(key)\" could not be read. \(error)", underlying: error)
    }
    do {
      return (try BackfillJSON.decode(type, stored.bytes), stored.eTag)
    } catch {
      throw RunError(
        .backfill,
        "\"\(key)\" is not what a backfill has written: \(error) Begin another backfill.",
        underlying: error)
    }
  }

  /// The largest of our JSON objects, several times what its bounds come to.
  static let maximumJSON = 64 << 20

  /// What is laid out; an error where nothing is, or something else was to be done.
  func loadPlan() async throws -> BackfillPlanForm {
    guard let (plan, _) = try await load(BackfillPlanForm.self, planKey) else {
      throw RunError(
        .backfill, "There is no backfill \"\(id)\" (\"\(planKey)\" is not there). Plan it first.")
    }
    return try check(plan)
  }

  /// Whether everything is merged and the state says so.
  func isFinished() async throws -> Bool {
    try await load(BackfillProgressForm.self, progressKey)?.0.isFinished ?? false
  }

  func check(_ plan: BackfillPlanForm) throws -> BackfillPlanForm {
    let blank = configuration.blankState(source: source)
    guard plan.source == blank.source else {
      throw RunError(
        .otherSource,
        "The backfill \"\(id)\" is of the source \(plan.source), not of \(blank.source).")
    }
    guard plan.basis == blank.basis else {
      throw RunError(
        .backfill,
        "The backfill \"\(id)\" was planned for another key template, event schema or treatment of "
          + "unknown fields. Begin another one.")
    }
    guard (0...BackfillPlanForm.maximumBatches).contains(plan.batches), plan.objects >= 0 else {
      throw RunError(.backfill, "\"\(planKey)\" holds a count that is out of range.")
    }
    return plan
  }
}
