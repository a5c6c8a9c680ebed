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
      let configuration = try configuration()
      if run.order.compacts {
        let report = try await CheckpointCompaction(
          checkpoints: store(world.target), configuration: configuration, environment: environment
        ).execute()
        note("ends", report.json.text)
        return .success(RunSummary())
      }
      if let notifications = run.order.notifications {
        return .success(try await merge(notifications, configuration))
      }
      let summary = try await CheckpointRun(
        source: store(world.source), checkpoints: store(world.target),
        configuration: configuration, environment: environment
      ).execute()
      note("ends", summary.json.text)
      if !run.isDead { check(summary) }
      return .success(summary)
    } catch {
      note("fails", "\(error)")
      if !run.isDead, !run.isCancelled, run.injected == 0, !mayFail(error) {
        world.check("Run \(run.number) fails for no reason: \(error)")
      }
      return .failure(error)
    }
  }

  /// A run over objects that notifications name.
  private func merge(
    _ notifications: [RunContext.Notification], _ configuration: RunConfiguration
  ) async throws -> RunSummary {
    let outcome = try await SelectionRun(
      source: store(world.source), checkpoints: store(world.target),
      configuration: configuration, selection: .keys(notifications.map(\.key)),
      environment: environment
    ).execute()
    note("ends", outcome.summary.json.text)
    if world.mutation != .hastyAcknowledgement { run.undone = Set(outcome.undone.keys) }
    if !run.isDead { check(notifications) }
    return outcome.summary
  }

  /// What a notification tells of and a run does not call undone is in its checkpoint: nobody tells
  /// of it again.
  private func check(_ notifications: [RunContext.Notification]) {
    for notification in notifications where !run.undone.contains(notification.key) {
      guard let object = world.source.objects[notification.key],
        object.eTag == notification.eTag, object.lastModified == notification.lastModified,
        !object.wasArchived
      else { continue }
      switch object.content {
      case .event:
        guard let event = Truth.Event(notification.key, object) else { continue }
        let key = run.layout.key(of: event.row)
        // Of a file that is damaged elsewhere the rows are brought back by whoever puts it right.
        guard world.truth.tampered[key].map({ $0 < run.start }) ?? true,
          world.truth.held[key]?.isDamaged != true
        else { continue }
        if let lack = world.truth.lack(of: event, run.layout) {
          world.check("Run \(run.number) has acknowledged \(notification.key), but \(lack)")
        }
      case .invalid:
        let refusal = Truth.Refusal(key: notification.key, eTag: notification.eTag)
        if !world.truth.isRecorded(refusal) {
          world.check(
            "Run \(run.number) has acknowledged \(notification.key), but \(refusal) is not on record."
          )
        }
      case .sandbox, nil: continue
      }
    }
  }

  /// Whether a run fails so without a fault: a compaction that finds no state has nothing to do.
  private func mayFail(_ error: any Error) -> Bool {
    guard let error = error as? RunError else { return false }
    return error.code == .outOfTime && run.order.budget != nil
      || error.code == .state && run.order.compacts || error.code == .migration && !world.isQuiet
  }

  func configuration() throws -> RunConfiguration {
    let schema = EventSchema.visitEvent
    let scenario = world.scenario
    var configuration = RunConfiguration(
      schema: schema, keyTemplate: try KeyTemplate(run.layout.template, schema: schema))
    configuration.sourcePrefix = World.sourcePrefix
    configuration.compression = .uncompressed
    configuration.overlap = .seconds(world.mutation == .noOverlap ? 0 : scenario.overlap)
    configuration.concurrency = scenario.concurrency
    configuration.maximumAttempts = scenario.maximumAttempts
    configuration.roundObjects = scenario.roundObjects
    configuration.roundBytes = scenario.roundBytes
    configuration.plannedObjects = scenario.plannedObjects
    configuration.maximumRowGroupRows = scenario.rowGroupRows
    configuration.rebuilds = run.order.isRebuild
    configuration.onlySources = run.order.onlySources
    configuration.onlyGroups = run.order.onlyGroups
    configuration.retriesRefused = run.order.retriesRefused
    configuration.budget = run.order.budget.map { .microseconds($0) }
    return configuration
  }

  /// What `verify` finds; nil where it fails.
  func verify() async -> VerificationReport? {
    do {
      let report = try await CheckpointVerification(
        source: Client(world: world, bucket: world.source, run: run),
        checkpoints: Client(world: world, bucket: world.target, run: run),
        configuration: try configuration(), environment: environment
      ).execute()
      note("verifies", report.json.text)
      return report
    } catch {
      world.check("The verification fails: \(error)")
      return nil
    }
  }

  func store(_ bucket: Bucket) -> any ObjectStore {
    let client = Client(world: world, bucket: bucket, run: run)
    guard let mutation = world.mutation else { return client }
    return MutatedStore(client, mutation)
  }

  func note(_ what: String, _ detail: @autoclosure () -> String) {
    world.trace.note(world.now, run.number, what, detail())
  }

  var environment: RunEnvironment {
    let (world, run) = (world, run)
    // The clock of a machine began at any time.
    let epoch = Int64(run.random.below(1 << 50))
    return RunEnvironment(
      elapsed: { .microseconds(world.now - run.start + epoch) },
      random: { Double(run.random.next() >> 11) * 0x1p-53 },
      sleep: { duration in
        let (seconds, attoseconds) = duration.components
        await world.scheduler.wait(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        if run.isDead || Task.isCancelled { throw CancellationError() }
      })
  }

  /// A run that says that it is complete has everything that was listed.
  private func check(_ summary: RunSummary) {
    // Of groups that were not asked for such a run says nothing.
    guard summary.complete, run.order.onlyGroups == nil else { return }
    for listed in run.listed {
      guard let object = world.source.objects[listed.key], object.eTag == listed.eTag,
        object.lastModified == listed.lastModified, !object.isArchived, !listed.isArchived
      else { continue }
      switch object.content {
      case .event:
        guard let event = Truth.Event(listed.key, object) else { continue }
        // What an operator did in the meantime the next run finds out.
        let tampered = world.truth.tampered[run.layout.key(of: event.row)]
        guard tampered.map({ $0 < run.start }) ?? true else { continue }
        if let lack = world.truth.lack(of: event, run.layout) {
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
      number: runs.count + 1, start: now, order: order, layout: layout, crash: crash,
      random: Chance(seed: random.next()))
    runs.append(run)
    return run
  }
}
