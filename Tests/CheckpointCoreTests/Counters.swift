import Synchronization

/// True once.
final class Flag: Sendable {
  private let isSet = Atomic<Bool>(true)

  func take() -> Bool { isSet.exchange(false, ordering: .relaxed) }
}

/// 0, 1, 2 and so on.
final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}
