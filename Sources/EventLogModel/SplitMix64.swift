/// A small random generator whose sequence depends on nothing but its seed (Steele, Lea and Flood,
/// "Fast splittable pseudorandom number generators", 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator with a seed.
  package init(seed: UInt64) {
    state = seed
  }

  /// The next 64 random bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// A number from 0 up to a bound, which must be positive. The bias is below 2^-32 for the small
  /// bounds that it is meant for.
  package mutating func below(_ bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(max(1, bound))).high)
  }

  /// One of some values, or nil of none.
  package mutating func pick<Values: RandomAccessCollection>(_ values: Values) -> Values.Element? {
    values.isEmpty ? nil : values[values.index(values.startIndex, offsetBy: below(values.count))]
  }

  /// True with a probability in percent.
  package mutating func chance(percent: Double) -> Bool {
    Double(next() >> 11) * 0x1p-53 * 100 < percent
  }
}
