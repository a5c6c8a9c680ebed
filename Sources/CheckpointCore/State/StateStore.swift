import EventLogModel

/// The state as an object: read, and written only over the version that was read.
struct StateStore {
  /// What lies under the key.
  struct Loaded {
    /// The state; nil where there is none, or none that can be read.
    var state: CheckpointState?
    /// The version of the object; nil where there is none.
    var eTag: ETag?
    /// Why an object that is there is no state, as a sentence.
    var problem: String?
  }

  /// What became of a write.
  struct Written {
    /// What was written.
    var state: CheckpointState
    /// Its version.
    var eTag: ETag
    /// What others had written last before it; nil where nobody had.
    var foreign: CheckpointState?
  }

  /// The largest state: its lists are bounded, and this is several times what they come to.
  static let maximumSize = 64 << 20

  let store: any ObjectStore
  let key: String
  let maximumAttempts: Int
  let environment: RunEnvironment

  /// The state of the checkpoints that a configuration describes.
  ///
  /// - Parameter attempts: How often a write is tried at least when others are faster.
  init(
    _ checkpoints: any ObjectStore, _ configuration: RunConfiguration,
    _ environment: RunEnvironment, attempts: Int = 1
  ) {
    store = checkpoints
    key = configuration.stateKey
    maximumAttempts = max(attempts, configuration.maximumAttempts)
    self.environment = environment
  }

  /// How often those write who cannot come back to it: a notification, the end of a backfill.
  static let persistently = 64

  /// Reads the state before anything is done.
  ///
  /// - Throws: ``RunError`` when the store cannot say what is there, and for a state of another
  ///   source.
  func load(about blank: CheckpointState) async throws -> Loaded {
    let loaded: Loaded
    do {
      loaded = try await load()
    } catch let error as ObjectStoreError {
      throw RunError(
        .state, "The state could not be read, so nothing more was done. \(error)", underlying: error
      )
    }
    if let state = loaded.state, state.source != blank.source {
      throw RunError.otherSource(state, blank)
    }
    return loaded
  }

  /// Reads the state. Something damaged is no error: losing a state costs time, never data.
  ///
  /// - Throws: ``ObjectStoreError`` when the store cannot say what is there.
  func load() async throws -> Loaded {
    let stored: StoredObject
    do {
      stored = try await store.get(key, limit: StateStore.maximumSize)
    } catch let error as ObjectStoreError where error.code == .notFound {
      return Loaded()
    } catch let error as ObjectStoreError where error.code == .tooLarge {
      let eTag = try await store.head(key).eTag
      return Loaded(eTag: eTag, problem: error.message)
    }
    do {
      return Loaded(state: try CheckpointState(decoding: stored.bytes), eTag: stored.eTag)
    } catch {
      return Loaded(eTag: stored.eTag, problem: "\(error)")
    }
  }

  /// Writes a state over the version that was read. Where somebody else has written in between,
  /// both states become one.
  ///
  /// - Parameter ancestry: What is known of the versions that its checkpoints came from.
  /// - Returns: The state that was written, its version, and what others had written in between.
  /// - Throws: ``RunError`` where what was written in between is about another source, template or
  ///   schema, or too many others write; what the store throws.
  func commit(
    _ state: CheckpointState, over eTag: ETag?, ancestry: [String: [ETag]] = [:]
  ) async throws -> Written {
    var state = state
    var eTag = eTag
    var foreign: CheckpointState?
    for attempt in 1...max(1, maximumAttempts) {
      do {
        let written = try await store.put(
          key, bytes: try state.encoded(), condition: eTag.map { .ifMatch($0) } ?? .ifAbsent)
        return Written(state: state, eTag: written, foreign: foreign)
      } catch let error as ObjectStoreError where error.code == .preconditionFailed {
        try await environment.sleep(environment.pause(beforeAttempt: attempt))
        let current = try await load()
        eTag = current.eTag
        if let other = current.state {
          guard state.isAboutTheSame(as: other) else {
            throw RunError(
              .state,
              "The state \"\(key)\" was written meanwhile by a run with another source, key "
                + "template, schema or treatment of unknown fields, and was left as it is.",
              underlying: error)
          }
          state.merge(other, ancestry: ancestry)
          foreign = other
        }
      }
    }
    throw hopeless
  }

  /// Changes the state, over whatever others write in between. One that cannot be used, or is about
  /// something else, stays as it is.
  ///
  /// - Parameters:
  ///   - loaded: The state as it was read last.
  ///   - blank: What the state must be about.
  ///   - first: What is changed where there is no state; nil where none is to be made.
  ///   - change: Makes the change; again when others have written.
  /// - Returns: The state as it is now, as far as is known.
  /// - Throws: ``RunError`` when too many others write; what the store throws.
  func update(
    _ loaded: Loaded, about blank: CheckpointState, first: CheckpointState?,
    _ change: (inout CheckpointState) -> Void
  ) async throws -> Loaded {
    var loaded = loaded
    for attempt in 1...max(1, maximumAttempts) {
      let known = loaded.state ?? (loaded.eTag == nil ? first : nil)
      guard let known, known.isAboutTheSame(as: blank) else { return loaded }
      var state = known
      change(&state)
      guard state != known else { return loaded }
      do {
        let written = try await store.put(
          key, bytes: try state.encoded(),
          condition: loaded.eTag.map { .ifMatch($0) } ?? .ifAbsent)
        return Loaded(state: state, eTag: written)
      } catch let error as ObjectStoreError where error.code == .preconditionFailed {
        try await environment.sleep(environment.pause(beforeAttempt: attempt))
        loaded = try await load()
      }
    }
    throw hopeless
  }

  private var hopeless: RunError {
    RunError(
      .state,
      "The state \"\(key)\" was written by others \(maximumAttempts) times while this run tried to "
        + "write it.")
  }
}
