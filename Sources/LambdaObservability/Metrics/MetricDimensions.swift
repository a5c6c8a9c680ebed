/// The dimensions of a metric, as CloudWatch takes them, in a fixed order.
///
/// CloudWatch API Reference, "Dimension": at most 30, names of 1 to 255 and values of 1 to 1,024
/// ASCII characters that are no control characters; a name does not begin with a colon.
struct MetricDimensions: Sendable, Hashable {
  /// How many a metric may have.
  static let most = 30

  /// One of them.
  struct Dimension: Sendable, Hashable {
    var name: String
    var value: String
  }

  /// All of them: those of every metric first.
  private(set) var all: [Dimension] = []
  /// How many of ``all`` are those of every metric.
  private(set) var defaultCount = 0

  /// Dimensions that every metric has.
  ///
  /// What CloudWatch would refuse a metric for is changed or left out: empty ones, and those beyond
  /// the thirtieth; other characters are percent-encoded.
  init(defaults: [(String, String)]) {
    for (name, value) in defaults { add(name, value) }
    defaultCount = all.count
  }

  /// Those of every metric, and a metric's own, which go before one of the same name.
  init(_ defaults: MetricDimensions, own: [(String, String)]) {
    let names = Set(own.map { MetricDimensions.text($0.0, limit: 255) })
    all = defaults.all.filter { !names.contains($0.name) }
    defaultCount = all.count
    for (name, value) in own { add(name, value) }
  }

  private mutating func add(_ name: String, _ value: String) {
    var name = MetricDimensions.text(name, limit: 255)
    let value = MetricDimensions.text(value, limit: 1_024)
    if name.utf8.first == UInt8(ascii: ":") { name = "_" + name.dropFirst() }
    // The root of a document holds the directives beside the dimensions.
    if name == "_aws" { name = "_aws_" }
    guard !name.isEmpty, !value.isEmpty, all.count < MetricDimensions.most else { return }
    if let index = all.firstIndex(where: { $0.name == name }) {
      all[index].value = value
    } else {
      all.append(Dimension(name: name, value: value))
    }
  }

  /// Text in the characters that CloudWatch takes; nothing where it is only white space.
  static func text(_ text: String, limit: Int) -> String {
    guard text.utf8.contains(where: { $0 != 0x20 }) else { return "" }
    guard text.utf8.count > limit || text.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E }) else {
      return text
    }
    var encoded = JSONBytes(capacity: limit)
    for byte in text.utf8 {
      let isPlain = byte >= 0x20 && byte <= 0x7E
      guard encoded.bytes.count + (isPlain ? 1 : 3) <= limit else { break }
      if isPlain {
        encoded.bytes.append(byte)
      } else {
        encoded.append(raw: "%")
        encoded.append(hexadecimal: UInt64(byte), digits: 2)
      }
    }
    return String(decoding: encoded.bytes, as: UTF8.self)
  }
}
