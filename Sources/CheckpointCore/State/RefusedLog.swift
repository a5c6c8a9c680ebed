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

  /// Reads a line; nil where it is none.
  static func decoded(_ line: [UInt8]) -> RefusedLine? {
    try? JSONDecoder().decode(RefusedLine.self, from: Data(line))
  }
}

/// What a run that goes over the record of refused objects again knows of it, from pass to pass.
struct RefusedRecall {
  /// The files that were there before.
  let files: [String]
  /// Objects on record that have not been read again, by the hashes of their keys.
  var pending: Set<UInt64> = []
  /// The lines that were there before, by their hashes.
  private var lines: Set<UInt64> = []
  /// Those of them that hold still.
  private var confirmed: Set<UInt64> = []

  init(files: [String]) {
    self.files = files
  }

  mutating func add(_ key: String, _ line: [UInt8]) {
    pending.insert(ContentHash.key(key))
    lines.insert(ContentHash.line(line))
  }

  /// Whether a refusal is on record just so already; its line is then kept.
  mutating func confirm(_ line: [UInt8]) -> Bool {
    let hash = ContentHash.line(line)
    guard lines.contains(hash) else { return false }
    confirmed.insert(hash)
    return true
  }

  /// Whether a line stays on record.
  func keeps(_ key: String, _ line: [UInt8]) -> Bool {
    pending.contains(ContentHash.key(key)) || confirmed.contains(ContentHash.line(line))
  }
}

/// The record of refused objects: JSON lines in files under `_refused/` beside the checkpoints.
///
/// A file is never changed, and its name follows from its content: writers at the same time need
/// not know of each other, and recording the same refusals again changes nothing.
///
/// Lines are taken out by writing those that stay to another file and removing the old one; a crash
/// in between leaves a line twice, which does no harm. The other file has a name of its own and
/// thus is new: a file that is there already might be on the list of what another run removes. So a
/// line that stays is at any time in a file that nobody removes before there is a newer one, however
/// many runs take lines out at the same time.
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

  /// The record beside the checkpoints that a configuration describes.
  init(
    _ checkpoints: any ObjectStore, _ configuration: RunConfiguration,
    _ environment: RunEnvironment
  ) {
    self.init(
      checkpoints, directory: configuration.keyTemplate.directory, environment: environment)
  }

  /// Some lines, and where they belong.
  struct File {
    let key: String
    var bytes: [UInt8]
    /// Which of the given lines the file holds.
    var lines: [Int]
  }

  /// Divides lines over files.
  ///
  /// - Parameter nonce: Makes the names others than those that follow from the content alone.
  func files(_ lines: [(key: String, line: [UInt8])], nonce: String = "") -> [File] {
    let order = lines.indices.sorted { ObjectKey.precedes(lines[$0].key, lines[$1].key) }
    var files: [File] = []
    var bytes: [UInt8] = []
    var held: [Int] = []
    func close() {
      guard !held.isEmpty else { return }
      let name = ContentHash.eTag(of: bytes + Array(nonce.utf8))
      files.append(File(key: "\(prefix)\(name).jsonl", bytes: bytes, lines: held))
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

  /// Lines that are not on record, and why.
  struct Failure {
    /// Which of the given ones.
    let lines: [Int]
    /// Why, for a warning and for each object.
    let error: any Error

    var warning: String { "\(lines.count) refused objects could not be recorded. \(error)" }
    var reason: String { "Its refusal could not be recorded: \(error)" }
  }

  /// Writes lines, as far as that can be done.
  ///
  /// - Throws: `CancellationError`.
  func record(_ lines: [(key: String, line: [UInt8])]) async throws -> [Failure] {
    var failures: [Failure] = []
    for file in files(lines) {
      do {
        try await write(file)
      } catch let error as CancellationError {
        throw error
      } catch {
        failures.append(Failure(lines: file.lines, error: error))
      }
    }
    return failures
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

  /// What is on record.
  func recall() async throws -> RefusedRecall {
    var recall = RefusedRecall(files: try await list())
    for file in recall.files {
      for line in try await lines(of: file) { recall.add(line.key, line.line) }
    }
    return recall
  }

  /// Takes lines out of files that were there before a run, and joins small files.
  func prune(_ recall: RefusedRecall) async throws {
    var staying: [(key: String, line: [UInt8])] = []
    var bytes = 0
    var finished: [String] = []
    func flush() async throws {
      for file in files(staying, nonce: "\(environment.random())") { try await write(file) }
      for file in finished { try await store.delete(file) }
      staying = []
      bytes = 0
      finished = []
    }
    for file in recall.files {
      let lines = try await lines(of: file)
      let left = lines.filter { recall.keeps($0.key, $0.line) }
      let isSmall = lines.count < RefusedLog.maximumLines / 2 && recall.files.count > 1
      if left.count == lines.count, lines.isEmpty || !isSmall { continue }
      staying += left
      bytes += left.reduce(0) { $0 + $1.line.count }
      finished.append(file)
      if bytes >= RefusedLog.maximumBytes || staying.count >= RefusedLog.maximumLines {
        try await flush()
      }
    }
    try await flush()
  }
}
