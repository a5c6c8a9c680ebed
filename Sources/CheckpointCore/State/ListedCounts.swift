import EventLogModel

/// How many event objects a listing showed, by the month in which they were modified (UTC), of those
/// modified before an instant.
///
/// Objects go away, and are written anew with a new time; none of that makes an earlier month larger.
/// When one has grown, objects have appeared with a time that was over already, longer ago than the
/// overlap: replicas keep the times of their originals and may come hours later, a delete marker was
/// removed, a directory was moved into the source.
struct ListedCounts: Sendable, Hashable {
  /// What was modified at or after it is not counted.
  var until: Timestamp
  /// The counts, by the month since January of the year 0.
  private(set) var months: [Int: Int] = [:]

  /// No objects.
  init(until: Timestamp) {
    self.until = until
  }

  /// Counts an object.
  mutating func add(_ lastModified: Timestamp) {
    guard lastModified < until else { return }
    months[ListedCounts.month(of: lastModified), default: 0] += 1
  }

  /// The months that have grown since an earlier listing counted as far.
  func grown(since earlier: ListedCounts) -> Set<Int> {
    Set(months.filter { $0.value > earlier.months[$0.key] ?? 0 }.keys)
  }

  /// The month of an instant.
  static func month(of time: Timestamp) -> Int {
    let date = time.date
    return date.year * 12 + date.month - 1
  }

  /// A month as text, such as `2024-05`.
  static func text(of month: Int) -> String {
    let year = KeyTemplate.decimal(month / 12, digits: 4)
    return "\(year)-\(KeyTemplate.decimal(month % 12 + 1, digits: 2))"
  }
}

extension ListedCounts: Codable {
  private enum CodingKeys: String, CodingKey {
    case until
    case months
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    until = try container.decode(Timestamp.self, forKey: .until)
    for (text, count) in try container.decode([String: Int].self, forKey: .months) {
      let parts = text.split(separator: "-").compactMap { Int($0) }
      guard parts.count == 2, (0...9_999).contains(parts[0]), (1...12).contains(parts[1]),
        (0...(1 << 40)).contains(count)
      else {
        throw DecodingError.dataCorruptedError(
          forKey: .months, in: container, debugDescription: "it holds no months and their counts")
      }
      months[parts[0] * 12 + parts[1] - 1] = count
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(until, forKey: .until)
    let texts = months.map { (ListedCounts.text(of: $0.key), $0.value) }
    try container.encode(Dictionary(uniqueKeysWithValues: texts), forKey: .months)
  }
}
