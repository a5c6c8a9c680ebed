import Synchronization

extension ParallelLister {
  /// Lists, and gives the pages as a sequence for as long as `body` runs.
  ///
  /// The listing waits for whoever reads: beside the requests under way and, in ordered listings,
  /// ``heldPages``, no page is kept. It ends with `body`, whether all pages were read or not.
  ///
  /// - Parameters:
  ///   - fetch: Sends one request; it is called from several tasks at once.
  ///   - body: Reads the pages, once, in one task.
  /// - Throws: What `body` throws; reading throws what `fetch` throws, ``ParallelListerError`` and
  ///   `CancellationError`. A sequence that ends without an error was whole.
  public func withPages<Value>(
    fetching fetch: @escaping @Sendable (PageRequest) async throws -> PageResult,
    _ body: (Pages) async throws -> Value
  ) async throws -> Value {
    let channel = PageChannel()
    return try await withThrowingTaskGroup(of: Void.self, returning: Value.self) { group in
      group.addTask {
        do {
          _ = try await forEachPage(fetching: fetch) { try await channel.send($0) }
          channel.finish(nil)
        } catch {
          channel.finish(error)
        }
      }
      let value = try await body(Pages(channel: channel))
      group.cancelAll()
      return value
    }
  }

  /// The pages of a listing; none of them is empty.
  public struct Pages: AsyncSequence, Sendable {
    /// The objects of a page, in the order of their keys.
    public typealias Element = [S3ObjectSummary]

    fileprivate let channel: PageChannel

    /// Reads the pages.
    public struct AsyncIterator: AsyncIteratorProtocol {
      fileprivate let channel: PageChannel

      /// The next page, or nil after the last one.
      public mutating func next() async throws -> [S3ObjectSummary]? {
        try await channel.next()
      }
    }

    /// Reads on where the last reader stopped.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(channel: channel) }
  }
}

/// Hands pages from the task that lists to the one that reads; one page waits at most.
private final class PageChannel: Sendable {
  private typealias Reader = CheckedContinuation<Result<[S3ObjectSummary]?, any Error>, Never>

  private enum State {
    case idle
    /// A page waits for its reader; true once it was taken, false when nobody will.
    case offering([S3ObjectSummary], CheckedContinuation<Bool, Never>)
    /// A reader waits for a page.
    case asking(Reader)
    case finished((any Error)?)
  }

  private let state = Mutex(State.idle)

  /// Returns when the page is taken.
  func send(_ page: [S3ObjectSummary]) async throws {
    let isTaken = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        var reader: Reader?
        // Within the lock, so that a cancellation either shows here or finds the page.
        let isTaken = state.withLock { state -> Bool? in
          if case .asking(let waiting) = state {
            reader = waiting
            state = .idle
            return true
          }
          if Task.isCancelled { return false }
          state = .offering(page, continuation)
          return nil
        }
        reader?.resume(returning: .success(page))
        if let isTaken { continuation.resume(returning: isTaken) }
      }
    } onCancel: {
      let sender = state.withLock { state -> CheckedContinuation<Bool, Never>? in
        guard case .offering(_, let sender) = state else { return nil }
        state = .idle
        return sender
      }
      sender?.resume(returning: false)
    }
    if !isTaken { throw CancellationError() }
  }

  /// The next page, or nil after the last one.
  func next() async throws -> [S3ObjectSummary]? {
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation {
        (reader: Reader) in
        var sender: CheckedContinuation<Bool, Never>?
        let outcome = state.withLock { state -> Result<[S3ObjectSummary]?, any Error>? in
          switch state {
          case .offering(let page, let waiting):
            sender = waiting
            state = .idle
            return .success(page)
          case .finished(let error?): return .failure(error)
          case .finished(nil): return .success(nil)
          case .idle, .asking:
            if Task.isCancelled { return .failure(CancellationError()) }
            state = .asking(reader)
            return nil
          }
        }
        sender?.resume(returning: true)
        if let outcome { reader.resume(returning: outcome) }
      }
    } onCancel: {
      let reader = state.withLock { state -> Reader? in
        guard case .asking(let reader) = state else { return nil }
        state = .idle
        return reader
      }
      reader?.resume(returning: .failure(CancellationError()))
    }
    return try outcome.get()
  }

  /// No page follows.
  func finish(_ error: (any Error)?) {
    let reader = state.withLock { state -> Reader? in
      defer { state = .finished(error) }
      guard case .asking(let reader) = state else { return nil }
      return reader
    }
    reader?.resume(returning: error.map { .failure($0) } ?? .success(nil))
  }
}
