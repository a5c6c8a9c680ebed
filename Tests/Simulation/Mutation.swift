/// A mistake that is built into the algorithm on purpose, to see that the simulation finds it.
package enum Mutation: String, CaseIterable, Sendable {
  /// Every write happens, whatever has been written in between.
  case unconditionalPut = "unconditional-put"

  var writesUnconditionally: Bool { self == .unconditionalPut }
}
