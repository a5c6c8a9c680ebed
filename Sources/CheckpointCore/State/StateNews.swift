import EventLogModel

/// What a run over selected objects adds to a state, whoever wrote that last.
struct StateNews {
  /// A version that is done.
  struct Done: Sendable {
    let version: UInt64
    let lastModified: Timestamp
    let isRefused: Bool
  }

  /// The checkpoints as the run left them.
  var checkpoints: [String: CheckpointState.Checkpoint]
  /// The versions that they came from.
  var ancestry: [String: [ETag]]
  var done: [Done] = []

  /// Adds what is new. The mark stays: of other objects the run knows nothing.
  func apply(to state: inout CheckpointState) {
    for version in done {
      // What lies before the mark is done already, and is not seen.
      if let mark = state.completeUntil, version.lastModified < mark { continue }
      guard state.seen.count < CheckpointState.maximumSeen,
        state.seen.insert(version.version).inserted
      else { continue }
      if version.isRefused { state.refused += 1 }
    }
    for (key, mine) in checkpoints {
      guard let place = state.checkpoints.firstIndex(where: { $0.key == key }) else {
        state.checkpoints.append(mine)
        continue
      }
      guard mine != state.checkpoints[place] else { continue }
      var merged = mine
      merged.merge(state.checkpoints[place], ancestors: ancestry[key] ?? [])
      state.checkpoints[place] = merged
    }
    state.checkpoints.sort { ObjectKey.precedes($0.key, $1.key) }
  }
}
