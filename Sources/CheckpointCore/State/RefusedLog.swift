import EventLogModel
import FoundationEssentials

/// An object that was refused, as a JSON line of the record.
struct RefusedLine: Codable, Sendable {
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

  /// The line, its end included. Equal refusals give equal bytes.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [0x0A]
  }
}

/// What a run that goes over the record of refused objects again knows of it, from pass to pass.
struct RefusedRecall {
  /// The files that were there before.
  let files: [String]
  /// Objects on record that have not been read again, by the hashes of their keys.
  var pending: Set<UInt64>
  /// Files that the run itself has written.
  var written: Set<String> = []
}

/// The record of refused objects: JSON lines in files under `_refused/` beside the checkpoints.
///
/// A file is never changed, and its name follows from its content: writers at the same time need
/// not know of each other, and recording the same refusals again changes nothing. Lines are taken
/// out by writing those that stay to another file and removing the old one; a crash in between
/// leaves a line twice, which does no harm.
struct RefusedLog {
  /// The most lines of one file.
  static let maximumLines = 20_000
  /// The most bytes of one file, unless a single line is longer.
  static let maximumBytes = 8 << 20
  /// The most bytes of a file that is read: lines are bounded, and so is a file of ours.
  static let maximumRead = 64 << 20

  let store: any ObjectStore
  /// Where the files lie, ending in `_refused/`.
  let prefix: String

  let environment: RunEnvironment

  init(_ store: any ObjectStore, directory: String, environment: RunEnvironment = .system) {
    self.store = store
    self.environment = environment
    prefix = directory + "_refused/"
  }

  /// Some lines, and where they belong.
  struct File {
    let key: String
    var bytes: [UInt8]
    /// Which of the given lines the file holds.
    var lines: [Int]
  }

  /// Divides lines over files.
  func files(_ lines: [(key: String, line: [UInt8])]) -> [File] {
    let order = lines.indices.sorted { ObjectKey.precedes(lines[$0].key, lines[$1].key) }
    var files: [File] = []
    var bytes: [UInt8] = []
    var held: [Int] = []
    func close() {
      guard !held.isEmpty else { return }
      files.append(
        File(key: "\(prefix)\(ContentHash.eTag(of: bytes)).jsonl", bytes: bytes, lines: held))
      bytes = []
      held = []
    }
    for index in order {
      let line = lines[index].line
      if held.count == RefusedLog.maximumLines
        || bytes.count + line.count > RefusedLog.maximumBytes
      {
        close()
      }
      bytes.append(contentsOf: line)
      held.append(index)
    }
    close()
    return files
  }

  /// Writes a file, unless it is there already.
  func write(_ file: File) async throws {
    // The key follows from the content, so what is there already is the very same lines.
    try await store.putOnce(file.key, file.bytes, environment)
  }

  /// The keys of the files there are.
  func list() async throws -> [String] {
    var keys: [String] = []
    try await store.list(ListRequest(prefix: prefix)) { page in
      keys += page.objects.map(\.key).filter { $0.hasSuffix(".jsonl") }
    }
    return keys
  }

  /// The lines of a file, each with the key that it is about; lines that are none of ours are left
  /// out. A file that has gone away has none.
  func lines(of file: String) async throws -> [(key: String, line: [UInt8])] {
    let bytes: [UInt8]
    do {
      bytes = try await store.get(file, limit: RefusedLog.maximumRead).bytes
    } catch let error as ObjectStoreError where error.code == .notFound {
      return []
    }
    let decoder = JSONDecoder()
    return bytes.split(separator: 0x0A).compactMap { text in
      guard let line = try? decoder.decode(RefusedLine.self, from: Data(text)) else { return nil }
      return (line.key, Array(text) + [0x0A])
    }
  }

  /// The hashes of the keys of all refused objects that are on record in some files.
  func keys(in files: [String]) async throws -> Set<UInt64> {
    var keys: Set<UInt64> = []
    for file in files {
      for line in try await lines(of: file) { keys.insert(ContentHash.key(line.key)) }
    }
    return keys
  }

  /// Takes lines out of files that were there before a run.
  ///
  /// - Parameters:
  ///   - files: The files.
  ///   - written: Files that the run itself has written, which stay.
  ///   - stays: Whether a line stays, by the hash of its object's key.
  /// - Returns: How many different objects stay on record in the files.
  @discardableResult
  func prune(
    _ files: [String], written: Set<String>, stays: (UInt64) -> Bool
  ) async throws -> Int {
    var kept: Set<UInt64> = []
    var pending: [(key: String, line: [UInt8])] = []
    var pendingBytes = 0
    var finished: [String] = []
    var holds = written
    func flush() async throws {
      for file in self.files(pending) {
        try await write(file)
        holds.insert(file.key)
      }
      for file in finished where !holds.contains(file) { try await store.delete(file) }
      pending = []
      pendingBytes = 0
      finished = []
    }
    for file in files {
      for line in try await lines(of: file) {
        let hash = ContentHash.key(line.key)
        guard stays(hash), kept.insert(hash).inserted else { continue }
        pending.append(line)
        pendingBytes += line.line.count
      }
      finished.append(file)
      if pendingBytes >= RefusedLog.maximumBytes { try await flush() }
    }
    try await flush()
    return kept.count
  }
}
