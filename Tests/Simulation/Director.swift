import TestSupport

/// The world around the runs: uploaders, operators, the schedule; and at the end the judge.
struct Director {
  let world: World

  private var scheduler: Scheduler { world.scheduler }

  /// Plays the whole history.
  func play() async {
    for index in 0..<world.scenario.steps where world.violation == nil {
      if index == world.scenario.steps / 2, world.has(.newTemplate) {
        world.changeLayout(to: world.random.pick(Layout.allCases))
      }
      await step()
      let scale = world.random.pick([0, 1_000_000, 60_000_000, 1_200_000_000, 10_800_000_000])
      if scale > 0 { await scheduler.wait(Int64(world.random.below(scale))) }
    }
    while world.violation == nil, world.liveRuns > 0 || world.pending > 0 {
      await scheduler.wait(30_000_000)
    }
    if world.violation == nil { await Judge(world: world, director: self).judge() }
    // Whoever is still under way ends at its next request.
    for run in world.runs { run.isDead = true }
    while world.liveRuns > 0 || world.pending > 0 { await scheduler.wait(60_000_000) }
  }

  private func step() async {
    switch world.random.below(29) {
    case 0..<8: upload()
    case 8..<10: change()
    case 10: touch()
    case 11: if world.has(.vanishing) { vanish() }
    case 12, 13: if world.has(.archive) { archive() }
    case 14: if world.has(.unreadable) { makeUnreadable() }
    case 15, 16: await tamper()
    case 17..<21 where world.scenario.backfills: if world.liveRuns < 8 { backfill() }
    case 17..<19:
      for _ in 0..<(2 + world.random.below(7)) where world.liveRuns < 8 { start() }
    case 26..<29: deliver()
    default: if world.liveRuns < 8 { start() }
    }
  }

  // MARK: - Notifications

  /// Puts the news of an object into the queue: at once, much later, twice, or never.
  private func notify(_ key: String, _ object: Bucket.Object) {
    guard world.scenario.notifies, !world.random.one(in: 8) else { return }
    let notification = RunContext.Notification(
      key: key, eTag: object.eTag, lastModified: object.lastModified)
    for _ in 0..<(world.random.one(in: 6) ? 2 : 1) {
      let delay = world.random.one(in: 6) ? 7_200_000_000 : 20_000_000
      world.later(Int64(world.random.below(delay))) {
        world.notifications.append(notification)
        // As a queue does it that waits a little for a batch to fill.
        if world.random.one(in: 2) { deliver() }
      }
    }
  }

  /// Hands notifications to runs, several at the same time perhaps.
  private func deliver() {
    for _ in 0..<world.random.pick([1, 1, 2, 4])
    where !world.notifications.isEmpty && world.liveRuns < 8 {
      let count = min(world.notifications.count, 1 + world.random.below(5))
      var batch = Array(world.notifications.prefix(count))
      world.notifications.removeFirst(count)
      for index in batch.indices { batch[index].receives += 1 }
      var order = RunContext.Order()
      order.notifications = batch
      if world.has(.deadline) {
        order.budget = world.scenario.latency * Int64(world.random.pick([4, 10, 50]))
      }
      let task = start(order)
      let run = world.runs.last
      world.pending += 1
      Task(executorPreference: scheduler) {
        let isDone = (try? await task.value.get()) != nil
        world.pending -= 1
        // What was not made good comes again, until it goes to the dead letters.
        world.notifications += batch.filter {
          $0.receives < 3 && (!isDone || run?.undone.contains($0.key) ?? true)
        }
      }
    }
  }

  // MARK: - Uploads

  private func upload() {
    let count = world.random.one(in: 8) ? 12 : 1 + world.random.below(4)
    for _ in 0..<count {
      let name = world.random.pick(["log-submit", "log-pass-qc", "sub/log-x", "notes"])
      write("\(World.sourcePrefix)\(name)-\(world.random.below(1000)).json")
    }
  }

  /// Writes an object, over an earlier one perhaps.
  private func write(_ key: String) {
    guard key.contains("/log-") else {
      appear(key, Array("{}".utf8), content: nil)
      return
    }
    switch world.random.below(12) {
    case 0:
      appear(key, ModelEvent.invalidBytes(&world.random), content: .invalid)
    case 1:
      var event = ModelEvent.random(&world.random)
      event.project = "sandbox-x"
      appear(key, event.bytes(&world.random), content: .sandbox)
    case 2..<5:
      let event = ModelEvent.random(&world.random)
      appear(key, event.bytes(&world.random), content: .event(event.row))
    default:
      var event = world.random.pick(world.scenario.events)
      event.vary(&world.random)
      appear(key, event.bytes(&world.random), content: .event(event.row))
    }
  }

  /// An upload that begins now. Its LastModified is its beginning, as with a multipart upload; it
  /// becomes visible at its end.
  private func appear(_ key: String, _ bytes: [UInt8], content: Content?) {
    // The store's clocks have whole seconds, and differ.
    let longest = (world.scenario.overlap - 6) * 1_000_000
    let delay = world.has(.lateVisibility) ? Int64(world.random.below(Int(longest))) : 0
    let begin = world.now
    world.note("upload \(key) begins", "\(content.map { "\($0)" } ?? "no event")")
    world.later(delay) {
      let object = world.source.write(key, bytes, at: begin, content: content)
      world.truth.appear(key, object)
      world.note("upload \(key) is visible", object.eTag)
      notify(key, object)
      if content != nil, world.has(.archive), world.random.one(in: 5) {
        world.source.alter(key) {
          $0.storageClass = "GLACIER"
          $0.wasArchived = true
        }
        world.note("\(key) was written into the archive")
      }
    }
  }

  private func anyEventKey() -> String? {
    let keys = world.source.keys.filter { $0.contains("/log-") }
    return keys.isEmpty ? nil : world.random.pick(keys)
  }

  private func change() {
    if let key = anyEventKey() { write(key) }
  }

  /// The same content once more, under the same key or another.
  private func touch() {
    guard let key = anyEventKey(), let object = world.source.objects[key] else { return }
    let other = "\(World.sourcePrefix)log-again-\(world.random.below(1000)).json"
    appear(world.random.one(in: 2) ? key : other, object.bytes, content: object.content)
  }

  private func vanish() {
    guard let key = anyEventKey() else { return }
    world.note("remove \(key)")
    world.source.remove(key)
  }

  /// Puts an object into the archive, or takes it out for a while or for good.
  private func archive() {
    guard let key = anyEventKey(), let object = world.source.objects[key] else { return }
    if object.isArchived, world.random.one(in: 2) {
      world.note("\(key) is copied out of the archive")
      appear(key, object.bytes, content: object.content)
      return
    }
    world.source.alter(key) {
      if $0.storageClass == nil {
        $0.storageClass = "GLACIER"
      } else {
        $0.isRestored.toggle()
      }
      $0.wasArchived = true
    }
    world.note(
      "\(key) \(world.source.objects[key]?.isArchived == true ? "is archived" : "is restored")")
  }

  private func makeUnreadable() {
    guard let key = anyEventKey() else { return }
    let until = world.now + Int64(world.random.below(14_400_000_000))
    world.note("\(key) cannot be read for a while", "until \(until)")
    world.source.alter(key) { $0.unreadableUntil = until }
  }

  // MARK: - Operators

  private func tamper() async {
    let target = world.target
    let checkpoints = target.keys.filter(Layout.isCheckpoint)
    if world.has(.stateTampering), world.random.one(in: 2) {
      let key = Layout.stateKey
      switch world.random.below(3) {
      case 0: target.remove(key)
      case 1: target.write(key, Array("{\"version\": 1, ".utf8), at: world.now)
      default: restore(key)
      }
      world.note("tamper with \(key)")
    } else if world.has(.checkpointTampering), !checkpoints.isEmpty {
      let key = world.random.pick(checkpoints)
      switch world.random.below(4) {
      case 0:
        world.note("\(key) is deleted")
        target.remove(key)
        world.truth.held[key] = nil
      case 1:
        world.note("\(key) is damaged")
        await replace(key, await damaged(target.objects[key]?.bytes ?? []))
      case 2:
        world.note("an earlier version of \(key) is restored")
        restore(key)
      default:
        await rewrite(key)
      }
      world.truth.tampered[key] = world.now
    }
  }

  func replace(_ key: String, _ bytes: [UInt8]) async {
    let form = await WrittenForm(key, bytes)
    world.remember(key, world.target.write(key, bytes, at: world.now), form)
  }

  /// A file that is cut off, or has a bit in its pages that is another one.
  private func damaged(_ bytes: [UInt8]) async -> [UInt8] {
    let pages = await CheckpointContent.endOfPages(bytes)
    guard world.random.one(in: 2), pages > 4 else {
      return Array(bytes.dropLast(1 + world.random.below(200)))
    }
    var bytes = bytes
    bytes[4 + world.random.below(pages - 4)] ^= 1 << UInt8(world.random.below(8))
    return bytes
  }

  /// Puts back any version that ever was, sound or not.
  private func restore(_ key: String) {
    guard let versions = world.versions[key], !versions.isEmpty else { return }
    restore(key, world.random.pick(versions))
  }

  func restore(_ key: String, _ version: World.Version) {
    if world.random.one(in: 2) {
      // With the version's own ETag, as when a delete marker is removed.
      world.target.restore(key, version.object)
    } else {
      world.target.write(key, version.object.bytes, at: world.now)
    }
    if Layout.isCheckpoint(key) { world.truth.held[key] = version.held }
    world.note("\(key) is the earlier version \(world.target.objects[key]?.eTag ?? "")")
  }

  /// Another tool reads a checkpoint and writes it in its own way.
  private func rewrite(_ key: String) async {
    guard let held = world.truth.held[key], !held.isDamaged else { return }
    var rows = held.rows.values.sorted { $0.cells.lexicographicallyPrecedes($1.cells) }
    rows.shuffle(using: &world.random)
    let left = world.random.pick([
      [], ["source_modified"], ["source_modified", "modality", "naccid"],
    ])
    do {
      let bytes = try await CheckpointContent.foreign(
        rows, columns: ModelRow.columns.filter { !left.contains($0) })
      world.note("another tool rewrites \(key)", "without \(left)")
      await replace(key, bytes)
      world.truth.allow(Array((world.truth.held[key]?.rows ?? [:]).values))
    } catch {
      world.check("The simulation could not rewrite \(key): \(error)")
    }
  }

  // MARK: - Runs

  private func backfill() {
    world.pending += 1
    Task(executorPreference: scheduler) {
      await BackfillDriver(world: world).play()
      world.pending -= 1
    }
  }

  private func start() {
    var order = RunContext.Order()
    order.isRebuild = world.random.one(in: 20)
    order.onlySources =
      order.isRebuild && world.random.one(in: 2) && !world.scenario.faults.contains(.newTemplate)
    order.retriesRefused = world.random.one(in: 8)
    order.compacts = world.random.one(in: 10)
    if world.random.one(in: 12) {
      order.onlyGroups = [
        [world.random.pick(["adrc", "dvcid"]), world.random.pick(["form", "dicom"])]
      ]
    }
    if world.has(.deadline) {
      order.budget = world.scenario.latency * Int64(world.random.pick([2, 10, 50]))
    }
    start(order)
  }

  @discardableResult
  private func start(_ order: RunContext.Order) -> Task<Runner.Outcome, Never> {
    let task = Runner(world: world, run: world.newRun(order)).start()
    if world.has(.cancellation), world.random.one(in: 8) {
      let run = world.runs.last
      world.later(Int64(world.random.below(60_000_000))) {
        run?.isCancelled = true
        task.cancel()
      }
    }
    return task
  }
}
