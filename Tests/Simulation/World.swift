import TestSupport

/// Everything of one simulation. Only jobs of its scheduler touch it, and they run on one thread.
final class World: @unchecked Sendable {
  let scheduler: Scheduler
  let scenario: Scenario
  let mutation: Mutation?
  /// Where the checkpoints lie now.
  private(set) var layout: Layout
  /// Rows that went over to another layout, where it is certain that they must.
  private(set) var carriedOver: [ModelRow] = []
  let source: Bucket
  let target: Bucket
  var random: Chance
  var trace: Trace
  var truth: Truth
  /// What must never happen and did.
  private(set) var violation: String?
  /// Whether nothing goes wrong any more.
  var isQuiet = false
  /// All runs so far.
  var runs: [RunContext] = []
  /// How many of them have not ended.
  var liveRuns = 0
  /// Uploads and late writes that have not happened yet.
  var pending = 0
  /// All versions of checkpoints and state.
  var versions: [String: [Version]] = [:]
  /// Notifications that nobody has made good yet.
  var notifications: [RunContext.Notification] = []
  /// The names of backfills that have been begun.
  var backfills: Set<String> = []
  /// Requests to the source for an object's bytes.
  var reads = 0

  static let start: Int64 = 1_750_000_000_000_000
  static let sourcePrefix = "events/"

  init(seed: UInt64, mutation: Mutation?, isRecording: Bool) {
    var random = Chance(seed: seed)
    scenario = Scenario(
      &random, needed: mutation?.neededFaults ?? [],
      needsNotifications: mutation?.needsNotifications ?? false,
      needsBackfills: mutation?.needsBackfills ?? false)
    self.mutation = mutation
    scheduler = Scheduler(seed: random.next(), now: World.start)
    source = Bucket(identity: "s3://source/", tagging: scenario.tagging)
    target = Bucket(identity: "s3://target/", tagging: scenario.tagging)
    layout = scenario.layout
    truth = Truth()
    trace = Trace(isRecording: isRecording, start: World.start)
    self.random = random
    note("\(scenario.layout)", "\(scenario)")
  }

  var now: Int64 { scheduler.now }

  func note(_ what: String, _ detail: @autoclosure () -> String = "") {
    trace.note(now, 0, what, detail())
  }

  /// Records the first violation; the simulation then ends.
  func check(_ problem: String?) {
    guard let problem, violation == nil else { return }
    violation = problem
    note("VIOLATION", problem)
  }

  func has(_ fault: Fault) -> Bool { !isQuiet && scenario.faults.contains(fault) }

  /// Runs that begin from now on have another key template.
  func changeLayout(to other: Layout) {
    note("the key template is \(other.template)")
    layout = other
    let isPlain =
      liveRuns == 0 && pending == 0 && !scenario.faults.contains(.checkpointTampering)
      && !scenario.faults.contains(.stateTampering)
    guard isPlain, let object = target.objects[Layout.stateKey],
      let state = try? StateContent(object.bytes)
    else { return }
    carriedOver = state.checkpoints.flatMap { Array((truth.held[$0.key]?.rows ?? [:]).values) }
  }

  /// Lets something happen after a while that the end of the simulation waits for.
  func later(_ microseconds: Int64, _ action: @escaping () -> Void) {
    pending += 1
    scheduler.after(microseconds) { [self] in
      pending -= 1
      action()
    }
  }
}
