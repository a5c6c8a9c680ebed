import EventLogModel
import FoundationEssentials

/// The record of refused objects: one JSON line each, under `_refused/` beside the checkpoints.
struct RefusalRecord {
  private struct Line: Encodable {
    let key: String
    let eTag: String?
    let lastModified: Timestamp
    let faults: [EventFault]

    enum CodingKeys: String, CodingKey {
      case key
      case eTag = "etag"
      case lastModified = "last_modified"
      case faults
    }
  }

  /// The key of an object that holds the record, and its bytes.
  struct File {
    let key: String
    let bytes: [UInt8]
    let items: [Int]
  }

  /// The most lines of one object, which bounds what is in memory as text.
  static let maximumLines = 20_000

  /// The record of some refusals. Its key follows from its content, so that recording the same
  /// refusals again changes nothing.
  static func files(_ refused: [FetchResult.Refused], directory: String) throws -> [File] {
    let ordered = refused.sorted { ObjectKey.precedes($0.key, $1.key) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var files: [File] = []
    for start in stride(from: 0, to: ordered.count, by: maximumLines) {
      let part = ordered[start..<min(start + maximumLines, ordered.count)]
      var bytes: [UInt8] = []
      var latest = Timestamp.earliest
      for refusal in part {
        latest = max(latest, refusal.lastModified)
        let line = Line(
          key: refusal.key, eTag: refusal.eTag?.rawValue, lastModified: refusal.lastModified,
          faults: refusal.faults)
        bytes.append(contentsOf: try encoder.encode(line))
        bytes.append(0x0A)
      }
      let time = latest.description.filter { $0 != ":" && $0 != "-" && $0 != "." }
      let hash = ContentHash.eTag(of: bytes)
      files.append(
        File(
          key: "\(directory)_refused/\(time)-\(hash).jsonl", bytes: bytes,
          items: part.map(\.item)))
    }
    return files
  }
}
