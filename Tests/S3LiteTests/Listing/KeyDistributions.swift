import TestSupport

/// Ways in which people make keys, and ways that make it hard to cut them.
enum KeyDistributions {
  /// One of them, by number.
  static func keys(_ number: Int, count: Int, random: inout SplitMix64) -> [String] {
    switch number {
    case 0: return eventLog(count: count, random: &random)
    case 1: return (0..<count).map { _ in hexadecimal(32, &random) }
    case 2:
      let long = String(repeating: "very-long-part/", count: 40)
      return (0..<count).map { _ in long + String(random.below(1 << 40)) }
    case 3: return (0..<count).map { "log-\($0)" }
    case 4: return directories(count: count, random: &random)
    case 5:
      // Around the gap of the surrogates, and at the very end of Unicode.
      let scalars: [Unicode.Scalar] = [
        "\u{D7FE}", "\u{D7FF}", "\u{E000}", "\u{FFFF}", "\u{10000}", "\u{10FFFE}", "\u{10FFFF}",
        "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "a", "\u{1}",
      ]
      return (0..<count).map { _ in
        var key = String.UnicodeScalarView()
        for _ in 0..<(1 + random.below(5)) { key.append(random.pick(scalars)) }
        return String(key)
      }
    case 6: return (0..<count).map { String(repeating: "a", count: 1 + $0 % 900) }
    case 7:
      // Nearly all keys in one small corner.
      return (0..<count).map { index in
        index % 100 == 0 ? hexadecimal(8, &random) : "7f3a/\(hexadecimal(6, &random))"
      }
    case 8:
      // The same character in two ways, which Swift's strings take for equal.
      return (0..<count).map { index in
        (index % 2 == 0 ? "e\u{301}" : "\u{E9}") + String(random.below(count))
      }
    case 9: return (0..<count).map { _ in String(repeating: "~", count: 1 + random.below(300)) }
    default:
      return (0..<count).map { _ in
        String((0..<random.below(6)).map { _ in random.pick(Array("ab/-0~")) })
      }.filter { !$0.isEmpty }
    }
  }

  static let count = 11

  /// As event logs are named.
  static func eventLog(count: Int, random: inout SplitMix64) -> [String] {
    let actions = ["submit", "submit", "submit", "pass-qc", "not-pass-qc", "delete"]
    return (0..<count).map { index in
      let action = random.pick(actions)
      func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
      let date = "\(2019 + random.below(7))\(two(1 + random.below(12)))\(two(1 + random.below(28)))"
      let time = "\(two(random.below(24)))\(two(random.below(60)))\(two(random.below(60)))"
      return "log-\(action)-\(date)-\(time)-\(random.below(60))-adrc-\(index)-2024-01-01.json"
    }
  }

  /// Directories of very different sizes.
  static func directories(count: Int, random: inout SplitMix64) -> [String] {
    (0..<count).map { index in
      let big = random.one(in: 2)
      let directory =
        big ? "year=2024/month=07" : "year=\(2000 + random.below(30))/month=0\(random.below(9))"
      return "\(directory)/day=\(random.below(31))/part-\(index).parquet"
    }
  }

  private static func hexadecimal(_ digits: Int, _ random: inout SplitMix64) -> String {
    String((0..<digits).map { _ in random.pick(Array("0123456789abcdef")) })
  }
}
