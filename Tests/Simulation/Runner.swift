import CheckpointCore
import EventLogModel
import ParquetKit
import TestSupport

/// One run of `CheckpointRun` in the simulation.
struct Runner {
  /// What a run came to; nil where it has not come to an end by itself.
  typealias Outcome = Result<RunSummary, any Error>

  let world: World
  let run: RunContext

  /// Begins the run.
  func start() -> Task<Outcome, Never> {
    world.liveRuns += 1
    world.trace.note(world.now, run.number, "begins", "\(run.order)")
    return Task(executorPreference: world.scheduler) {
      let outcome = await execute()
      world.liveRuns -= 1
      return outcome
    }
  }

  private func execute() async -> Outcome {
    do {
      let schema = EventSchema.visitEvent
      var configuration = RunConfiguration(
        schema: schema,
        keyTemplate: try KeyTemplate(world.scenario.layout.template, schema: schema))
      configuration.sourcePrefix = World.sourcePrefix
      configuration.compression = .uncompressed
      configuration.overlap = .seconds(
        world.mutation == .noOverlap ? 0 : world.scenario.overlap)
      configuration.concurrency = world.scenario.concurrency
      configuration.maximumAttempts = world.scenario.maximumAttempts
      configuration.rebuilds = run.order.isRebuild
      configuration.onlySources = run.order.onlySources
      configuration.retriesRefused = run.order.retriesRefused
      configuration.budget = run.order.budget.map { .microseconds($0) }
      configuration.roundObjects = world.scenario.roundObjects
      configuration.roundBytes = world.scenario.roundBytes
      configuration.plannedObjects = world.scenario.plannedObjects
      let summary = try await CheckpointRun(
        source: store(world.source), checkpoints: store(world.target),
        configuration: configuration, environment: environment
      ).execute()
      note("ends", summary.json.text)
      if !run.isDead { check(summary) }
      return .success(summary)
    } catch {
      note("fails", "\(error)")
      let isLate = (error as? RunError)?.code == .outOfTime && run.order.budget != nil
      if !run.isDead, !run.isCancelled, run.injected == 0, !isLate {
        world.check("Run \(run.number) fails for no reason: \(error)")
      }
      return .failure(error)
    }
  }

  private func store(_ bucket: Bucket) -> any ObjectStore {
    let client = Client(world: world, bucket: bucket, run: run)
    guard let mutation = world.mutation else { return client }
    return MutatedStore(client, mutation)
  }

  private func note(_ what: String, _ detail: @autoclosure () -> String) {
    world.trace.note(world.now, run.number, what, detail())
  }

  private var environment: RunEnvironment {
    let (world, run) = (world, run)
    return RunEnvironment(
      elapsed: { .microseconds(world.now - run.start) },
      random: { Double(run.random.next() >> 11) * 0x1p-53 },
      sleep: { duration in
        let (seconds, attoseconds) = duration.components
        await world.scheduler.wait(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        if run.isDead || Task.isCancelled { throw CancellationError() }
      })
  }

  /// A run that says that it is complete has everything that was listed.
  private func check(_ summary: RunSummary) {
    guard summary.complete else { return }
    for listed in run.listed {
      guard let object = world.source.objects[listed.key], object.eTag == listed.eTag,
        object.lastModified == listed.lastModified, !object.isArchived, !listed.isArchived
      else { continue }
      switch object.content {
      case .event:
        guard let event = Truth.Event(listed.key, object) else { continue }
        // What an operator did in the meantime the next run finds out.
        let tampered = world.truth.tampered[world.scenario.layout.key(of: event.row)]
        guard tampered.map({ $0 < run.start }) ?? true else { continue }
        if let lack = world.truth.lack(of: event) {
          world.check("Run \(run.number) says that it is complete, but \(lack)")
        }
      case .invalid:
        let refusal = Truth.Refusal(key: listed.key, eTag: listed.eTag)
        if !world.truth.isRecorded(refusal) {
          world.check(
            "Run \(run.number) says that it is complete, but \(refusal) is not on record.")
        }
      case .sandbox, nil: continue
      }
    }
  }
}

extension World {
  /// A run that begins now, with faults of its own.
  func newRun(_ order: RunContext.Order) -> RunContext {
    let crash = has(.crash) && random.one(in: 2) ? 1 + random.below(60) : nil
    let run = RunContext(
      number: runs.count + 1, start: now, order: order, crash: crash,
      random: Chance(seed: random.next()))
    runs.append(run)
    return run
  }
}
