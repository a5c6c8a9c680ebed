import CheckpointCore
import EventLogModel

/// Small event objects that are made when they are read: a store without anything in it.
///
/// A history has 100,000 events a day, from 2024-01-01 on, and the objects of a day were modified at
/// its end.
struct GeneratedEvents: ObjectStore {
  static let perDay = 100_000
  private static let firstDay = CivilDate(year: 2024, month: 1, day: 1).daysSinceEpoch

  let identity = "bench:events/"
  let count: Int
  private let seed: UInt64
  private let firstDay: Int
  /// How many days the events are spread over; nil for one day after the other.
  private let days: Int?
  /// When they were modified; nil for the end of their day.
  private let modified: Timestamp?
  private var loaded: [[UInt8]] = []

  /// A history.
  static func history(_ count: Int) -> GeneratedEvents {
    GeneratedEvents(count: count, seed: 1, firstDay: firstDay, days: nil, modified: nil)
  }

  /// Events of the day after a history.
  static func after(_ history: Int, count: Int) -> GeneratedEvents {
    GeneratedEvents(
      count: count, seed: 2, firstDay: firstDay + days(of: history), days: 1, modified: .now)
  }

  /// Events of all days of a history.
  static func within(_ history: Int, count: Int) -> GeneratedEvents {
    GeneratedEvents(
      count: count, seed: 3, firstDay: firstDay, days: days(of: history), modified: .now)
  }

  private static func days(of history: Int) -> Int { max(1, (history + perDay - 1) / perDay) }

  private init(count: Int, seed: UInt64, firstDay: Int, days: Int?, modified: Timestamp?) {
    self.count = count
    self.seed = seed
    self.firstDay = firstDay
    self.days = days
    self.modified = modified
  }

  /// Makes all of them beforehand.
  mutating func load() {
    loaded = (0..<count).map { sample($0) }
  }

  private func sample(_ index: Int) -> [UInt8] {
    let day = days == nil ? index / GeneratedEvents.perDay : 0
    let generator = VisitEventGenerator(
      seed: seed &* 1_000 &+ UInt64(day), startDate: CivilDate(daysSinceEpoch: firstDay + day),
      days: days ?? 1)
    return generator.sample(at: days == nil ? index % GeneratedEvents.perDay : index).json
  }

  private func metadata(_ index: Int) -> ObjectMetadata {
    let endOfDay = (firstDay + index / GeneratedEvents.perDay + 1) * 86_400
    return ObjectMetadata(
      key: GeneratedEvents.key(index),
      lastModified: modified ?? Timestamp(microsecondsSinceEpoch: Int64(endOfDay) * 1_000_000),
      size: 350, eTag: GeneratedEvents.eTag)
  }

  private static let eTag = ETag(rawValue: "generated")

  private static func key(_ index: Int) -> String {
    let digits = String(index)
    return "log-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".json"
  }

  private static func index(_ key: String) -> Int? { Int(key.dropFirst(4).dropLast(5)) }

  func list(
    _ request: ListRequest, _ onPage: (ListingPage) async throws -> Void
  ) async throws {
    let now = Timestamp.now
    for start in stride(from: 0, to: count, by: 1_000) {
      let end = min(start + 1_000, count)
      try await onPage(
        ListingPage(
          objects: (start..<end).map { metadata($0) }, serverTime: now, isLast: end == count))
    }
  }

  func get(
    _ key: String, range: Range<Int>?, ifMatch match: ETag?, limit: Int
  ) async throws -> StoredObject {
    guard let index = GeneratedEvents.index(key), index < count else {
      throw ObjectStoreError(.notFound, key: key, "There is no object \"\(key)\".")
    }
    let bytes = loaded.isEmpty ? sample(index) : loaded[index]
    return StoredObject(
      key: key, lastModified: metadata(index).lastModified, size: bytes.count,
      eTag: GeneratedEvents.eTag, bytes: bytes)
  }

  func head(_ key: String) async throws -> ObjectMetadata {
    throw GeneratedEvents.readOnly(key)
  }

  func put(_ key: String, bytes: [UInt8], condition: PutCondition) async throws -> ETag {
    throw GeneratedEvents.readOnly(key)
  }

  func delete(_ key: String) async throws {
    throw GeneratedEvents.readOnly(key)
  }

  private static func readOnly(_ key: String) -> ObjectStoreError {
    ObjectStoreError(.accessDenied, key: key, "Events are made to be read, not \"\(key)\".")
  }
}

extension Timestamp {
  /// The system's time.
  static var now: Timestamp { Timestamp(microsecondsSinceEpoch: Usage.wallClock()) }
}
