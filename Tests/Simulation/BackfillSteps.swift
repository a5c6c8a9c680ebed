import CheckpointCore
import EventLogModel
import FoundationEssentials
import TestSupport

/// The steps of a backfill, each as a run of its own.
extension Runner {
  /// Lays out what is to be read; nil where that failed.
  func plan(_ id: String, batchSize: Int) async -> Backfill.Plan? {
    await step("plans the backfill \(id)") {
      let plan = try await backfill(id).plan(batchSize: batchSize)
      note("ends", "\(plan)")
      return plan
    }
  }

  /// Reads a batch.
  func work(_ id: String, _ batch: String) async {
    _ = await step("works on \(batch)") {
      let outcome = try await backfill(id).work(batch: batch)
      note("ends", outcome.summary.json.text)
      return outcome
    }
  }

  /// Folds in what is there; nil where that failed.
  func merge(_ id: String, planned: [PlannedObject]) async -> Backfill.MergeOutcome? {
    await step("merges the backfill \(id)") {
      let outcome = try await backfill(id).merge()
      note("ends", "finished: \(outcome.isFinished), \(outcome.summary.json.text)")
      if !run.isDead, outcome.isFinished { check(planned, outcome.summary) }
      return outcome
    }
  }

  private func backfill(_ id: String) throws -> Backfill {
    try Backfill(
      source: store(world.source), checkpoints: store(world.target),
      configuration: configuration(), id: id, environment: environment)
  }

  private func step<Outcome: Sendable>(
    _ what: String, _ body: () async throws -> Outcome
  ) async -> Outcome? {
    world.liveRuns += 1
    defer { world.liveRuns -= 1 }
    note(what, "\(run.order)")
    do {
      return try await body()
    } catch {
      note("fails", "\(error)")
      if !run.isDead, !run.isCancelled, run.injected == 0, !mayFailInBackfill(error) {
        world.check("Run \(run.number) \(what) and fails for no reason: \(error)")
      }
      return nil
    }
  }

  private func mayFailInBackfill(_ error: any Error) -> Bool {
    guard let error = error as? RunError else { return false }
    switch error.code {
    case .outOfTime: return run.order.budget != nil
    // It was planned for another key template, or the state is about another one.
    case .backfill: return world.scenario.faults.contains(.newTemplate)
    // A backfill does not replace a state that nobody can read.
    case .state: return world.scenario.faults.contains(.stateTampering)
    default: return false
    }
  }

  /// A backfill that says that it is complete has everything that was planned.
  private func check(_ planned: [PlannedObject], _ summary: RunSummary) {
    guard summary.complete else { return }
    for wanted in planned {
      guard let object = world.source.objects[wanted.key], object.eTag == wanted.eTag,
        object.lastModified == wanted.lastModified, !object.wasArchived
      else { continue }
      switch object.content {
      case .event:
        guard let event = Truth.Event(wanted.key, object) else { continue }
        let tampered = world.truth.tampered[run.layout.key(of: event.row)]
        guard tampered == nil else { continue }
        if let lack = world.truth.lack(of: event, run.layout) {
          world.check("The backfill of run \(run.number) is complete, but \(lack)")
        }
      case .invalid:
        let isRecorded = world.truth.recorded.values.joined().contains { $0.key == wanted.key }
        if !isRecorded {
          world.check(
            "The backfill of run \(run.number) is complete, but \(wanted.key) is not on record.")
        }
      case .sandbox, nil: continue
      }
    }
  }
}

/// An object as the plan of a backfill names it.
struct PlannedObject {
  let key: String
  let lastModified: Int64
  /// That of the version that was there when the plan was made; nil where that was another one.
  var eTag: String?

  /// A batch by its documented form alone.
  private struct Batch: Codable {
    var keys: [String]
    var lastModified: [Int64]

    enum CodingKeys: String, CodingKey {
      case keys
      case lastModified = "last_modified"
    }
  }

  /// What a batch names.
  static func read(_ bytes: [UInt8]) throws -> [PlannedObject] {
    let batch = try JSONDecoder().decode(Batch.self, from: Data(bytes))
    return zip(batch.keys, batch.lastModified).map { PlannedObject(key: $0, lastModified: $1) }
  }

  /// A batch that names one object less.
  static func shortened(_ bytes: [UInt8]) throws -> [UInt8] {
    var batch = try JSONDecoder().decode(Batch.self, from: Data(bytes))
    batch.keys.removeLast()
    batch.lastModified.removeLast()
    return Array(try JSONEncoder().encode(batch))
  }
}

/// What Step Functions does with a backfill: plan, batches side by side, merges, each tried again.
struct BackfillDriver {
  let world: World

  /// Plays a backfill to its end, or until the tries are used up.
  func play() async {
    let id = "b\(world.random.below(3))"
    let size = world.random.pick([1, 3, 100])
    var plan: Backfill.Plan?
    for _ in 0..<3 where plan == nil {
      plan = await newRun().plan(id, batchSize: size)
    }
    guard let plan else { return }
    // What somebody else has planned may be read already, in earlier versions.
    let planned = world.backfills.insert(id).inserted ? objects(of: plan) : []
    // Some executions are stopped, and never begun again.
    if world.random.one(in: 8) { return }
    var merges = 6
    while merges > 0, world.violation == nil {
      await work(id, plan.batches)
      // Two executions of one backfill, perhaps.
      let others = world.random.one(in: 6) ? 1 : 0
      let tasks = (0...others).map { _ in
        let runner = newRun()
        return Task(executorPreference: world.scheduler) {
          await runner.merge(id, planned: planned)
        }
      }
      for task in tasks {
        if await task.value?.isFinished == true { merges = 0 }
      }
      merges -= 1
    }
  }

  private func objects(of plan: Backfill.Plan) -> [PlannedObject] {
    plan.batches.compactMap { world.target.objects[$0]?.bytes }
      .flatMap { (try? PlannedObject.read($0)) ?? [] }
      .map { planned in
        var planned = planned
        if let object = world.source.objects[planned.key],
          object.lastModified == planned.lastModified
        {
          planned.eTag = object.eTag
        }
        return planned
      }
  }

  private func work(_ id: String, _ batches: [String]) async {
    var rest = batches.shuffled(using: &world.random)
    if let twice = rest.first, world.random.one(in: 4) { rest.append(twice) }
    while !rest.isEmpty, world.violation == nil {
      let some = rest.prefix(1 + world.random.below(4))
      rest.removeFirst(some.count)
      let tasks = some.map { batch in
        let runner = newRun()
        return Task(executorPreference: world.scheduler) { await runner.work(id, batch) }
      }
      for task in tasks { await task.value }
    }
  }

  private func newRun() -> Runner {
    var order = RunContext.Order()
    if world.has(.deadline) {
      order.budget = world.scenario.latency * Int64(world.random.pick([10, 50, 200]))
    }
    return Runner(world: world, run: world.newRun(order))
  }
}
