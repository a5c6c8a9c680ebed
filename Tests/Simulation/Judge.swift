import CheckpointCore
import TestSupport

/// Lets everything come to rest, and then holds the checkpoints against the truth.
struct Judge {
  let world: World
  let director: Director

  func judge() async {
    world.isQuiet = true
    world.note("quiet")
    // Some look at once, some after the overlap.
    if world.random.one(in: 2) {
      await world.scheduler.wait(2 * world.scenario.overlap * 1_000_000)
    }
    let restores = world.random.one(in: 2)
    for key in world.source.keys {
      world.source.alter(key) {
        $0.unreadableUntil = 0
        if restores { $0.isRestored = $0.storageClass != nil }
      }
    }
    await repair()
    guard await comeToRest() else { return }
    world.check(lastTruth())
    guard world.violation == nil else { return }
    await stayAtRest()
    guard world.violation == nil else { return }
    await lookAgain()
    guard world.violation == nil else { return }
    await replicate()
    guard world.violation == nil else { return }
    await verify()
  }

  /// The verification agrees that all is well, and notices a row that somebody takes away.
  private func verify() async {
    let changes = world.target.changes
    guard let report = await Runner(world: world, run: world.newRun(.init())).verify() else {
      return
    }
    if !report.isProven { world.check("At rest, verify finds fault: \(report.json.text)") }
    if world.target.changes != changes { world.check("Verify writes something.") }
    guard world.violation == nil,
      let event = Truth.events(of: world.source).filter({ world.truth.isHeld($0, world.layout) })
        .first
    else { return }
    let key = world.layout.key(of: event.row)
    let rows = (world.truth.held[key]?.rows ?? [:]).filter { $0.key != event.row.identity }
    guard
      let bytes = try? await CheckpointContent.foreign(
        rows.values.sorted { $0.identity.lexicographicallyPrecedes($1.identity) },
        columns: ModelRow.columns)
    else { return world.check("The simulation could not rewrite \(key).") }
    await director.replace(key, bytes)
    let second = await Runner(world: world, run: world.newRun(.init())).verify()
    if second?.isProven == true { world.check("Verify does not miss \(event.row).") }
  }

  /// An operator makes up for damaged checkpoints, in one of the ways there are.
  private func repair() async {
    var needsRebuild = false
    for key in world.target.keys where world.truth.held[key]?.isDamaged == true {
      let sound = world.versions[key, default: []].filter { $0.held?.isDamaged == false }
      if !sound.isEmpty, world.random.one(in: 2) {
        director.restore(key, world.random.pick(sound))
        world.truth.tampered[key] = world.now
      } else if Truth.events(of: world.source).contains(where: {
        world.layout.key(of: $0.row) == key
      }) {
        needsRebuild = true
      } else {
        world.note("\(key), which is damaged, is deleted")
        world.target.remove(key)
        world.truth.held[key] = nil
      }
    }
    guard needsRebuild else { return }
    var order = RunContext.Order()
    order.isRebuild = true
    _ = await run(order)
  }

  private func run(_ order: RunContext.Order = RunContext.Order()) async -> RunSummary? {
    let run = world.newRun(order)
    switch await Runner(world: world, run: run).start().value {
    case .success(let summary):
      for failed in summary.failedGroups {
        world.check(
          "Run \(run.number) fails \(failed.checkpointKey) for no reason: \(failed.error)")
      }
      if let error = summary.stateError { world.check("Run \(run.number) fails: \(error)") }
      return summary
    case .failure(let error):
      world.check("Run \(run.number) fails for no reason: \(error)")
      return nil
    }
  }

  /// Runs until one changes nothing.
  private func comeToRest() async -> Bool {
    for _ in 0..<6 {
      let (changes, reads) = (world.target.changes, world.reads)
      let summary = await run()
      guard world.violation == nil, let summary else { return false }
      guard world.target.changes == changes, world.reads == reads else { continue }
      let isArchived = world.source.objects.values.contains { $0.isArchived }
      if !summary.complete && !isArchived || summary.remaining != 0 {
        world.check("A run at rest is not complete: \(summary.json.text)")
      }
      return world.violation == nil
    }
    world.check("The runs do not come to rest.")
    return false
  }

  /// When the overlap has passed the state may forget what it has seen, and nothing else.
  private func stayAtRest() async {
    await world.scheduler.wait(2 * world.scenario.overlap * 1_000_000)
    let checkpoints = eTags()
    let reads = world.reads
    _ = await run()
    let changes = world.target.changes
    _ = await run()
    if world.target.changes != changes { world.check("A run at rest writes something.") }
    if world.reads != reads { world.check("A run at rest reads objects again.") }
    if eTags() != checkpoints { world.check("A run at rest writes a checkpoint.") }
  }

  /// Once the refused objects are looked at again, the record holds those that are refused still.
  private func lookAgain() async {
    var order = RunContext.Order()
    order.retriesRefused = true
    let checkpoints = eTags().filter { Layout.isCheckpoint($0.key) }
    _ = await run(order)
    if eTags().filter({ Layout.isCheckpoint($0.key) }) != checkpoints {
      world.check("Looking again at refused objects changes a checkpoint.")
    }
    // A source without any event is taken for one that is not there: the record stays as it was.
    guard world.source.keys.contains(where: { $0.contains("/log-") }) else { return }
    world.check(world.truth.staleRefusal(of: world.source))
    world.check(world.truth.forgottenRefusal(of: world.source))
    guard world.violation == nil, let object = world.target.objects[Layout.stateKey],
      let state = try? StateContent(object.bytes)
    else { return }
    if state.refused != world.truth.refusalCount {
      world.check(
        "The state counts \(state.refused) refused objects, \(world.truth.refusalCount) are on record."
      )
    }
  }

  /// An object that comes long after its time is found by what the state says of its month.
  private func replicate() async {
    guard let object = world.target.objects[Layout.stateKey],
      let state = try? StateContent(object.bytes), state.listed != nil
    else { return }
    let key = "\(World.sourcePrefix)log-replica.json"
    let event = ModelEvent.random(&world.random)
    let bytes = event.bytes(&world.random)
    let month: Int64 = 31 * 86_400 * 1_000_000
    let replica = world.source.write(
      key, bytes, at: World.start - month, content: .event(event.row))
    world.truth.appear(key, replica)
    world.note("\(key) comes a month late", replica.eTag)
    guard await comeToRest() else { return }
    world.check(lastTruth())
  }

  private func eTags() -> [String: String] {
    world.target.objects.filter { $0.key != Layout.stateKey }.mapValues(\.eTag)
  }

  private func lastTruth() -> String? {
    for event in Truth.events(of: world.source) {
      if let lack = world.truth.lack(of: event, world.layout) { return "At rest, \(lack)" }
    }
    if let forgotten = world.truth.forgottenRefusal(of: world.source) { return forgotten }
    guard let object = world.target.objects[Layout.stateKey] else {
      return world.source.objects.isEmpty ? nil : "There is no state."
    }
    do {
      return problem(in: try StateContent(object.bytes))
    } catch {
      return "The state cannot be read: \(error)"
    }
  }

  private func problem(in state: StateContent) -> String? {
    guard state.keyTemplate == world.layout.template else {
      return "The state has the key template \(state.keyTemplate)."
    }
    for row in world.carriedOver {
      if let lack = world.truth.lack(of: row, world.layout) {
        return "A row was not carried over: \(lack)"
      }
    }
    for retry in state.toRetry where world.source.objects[retry.key]?.isArchived == false {
      return "At rest, \(retry.key) is left to be retried."
    }
    for checkpoint in state.checkpoints {
      guard let eTag = checkpoint.etag, world.target.objects[checkpoint.key]?.eTag == eTag else {
        return "The state does not know the version of \(checkpoint.key)."
      }
      guard checkpoint.descendsFrom == nil else {
        return "The state does not know yet where \(checkpoint.key) comes from."
      }
    }
    // A file whose objects are all gone, and that was written without a state that knows it, is
    // found again when an event for it comes.
    let named = Set(state.checkpoints.map(\.key))
    for event in Truth.events(of: world.source) {
      let key = world.layout.key(of: event.row)
      if !named.contains(key) { return "The state does not know \(key)." }
    }
    return world.truth.problem(in: state, source: world.source, target: world.target)
  }
}
