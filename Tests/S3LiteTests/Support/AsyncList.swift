/// The elements of an array, one after the other; each iterator begins anew.
struct AsyncList<Element: Sendable>: AsyncSequence, Sendable {
  private let elements: [Element]
  private let failure: (any Error)?

  /// - Parameter failure: Thrown in place of the end.
  init(_ elements: [Element], failure: (any Error)? = nil) {
    self.elements = elements
    self.failure = failure
  }

  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(elements: elements.makeIterator(), failure: failure)
  }

  struct AsyncIterator: AsyncIteratorProtocol {
    var elements: [Element].Iterator
    let failure: (any Error)?

    mutating func next() async throws -> Element? {
      if let element = elements.next() { return element }
      if let failure { throw failure }
      return nil
    }
  }
}
