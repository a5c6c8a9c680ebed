import CheckpointCore
import EventLogModel
import Foundation
import TestSupport
import Testing

@Suite("A directory as an object store")
struct FileObjectStoreTests {
  private func list(
    _ store: FileObjectStore, looksLikeObject: @escaping @Sendable (String) -> Bool = { _ in false }
  ) async throws -> (objects: [ObjectMetadata], skipped: [SkippedEntry]) {
    var objects: [ObjectMetadata] = []
    var skipped: [SkippedEntry] = []
    let request = ListRequest(eTags: .all, looksLikeObject: looksLikeObject)
    try await store.list(request) { page in
      objects += page.objects
      skipped += page.skipped
    }
    return (objects, skipped)
  }

  @Test("A directory that is missing is an error, unless writes create it")
  func missingDirectory() async throws {
    let directory = try TemporaryDirectory()
    let source = FileObjectStore(path: directory.path + "/none")
    await #expect(throws: ObjectStoreError.self) { _ = try await list(source) }
    do {
      _ = try await source.get("k")
      Issue.record("There is no such directory.")
    } catch let error as ObjectStoreError {
      #expect(error.code == .unavailable)
    }
    let target = FileObjectStore(path: directory.path + "/new/deep", createsDirectory: true)
    #expect(try await list(target).objects.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: directory.path + "/new"))
    _ = try await target.put("a/k", bytes: [1], condition: .ifAbsent)
    #expect(try await list(target).objects.map(\.key) == ["a/k"])
  }

  @Test("Nothing but the objects and the lock is left behind by writes")
  func noTemporaryFiles() async throws {
    let directory = try TemporaryDirectory()
    let store = FileObjectStore(path: directory.path)
    _ = try await store.put("d/k", bytes: [1], condition: .ifAbsent)
    _ = try? await store.put("d/k", bytes: [2], condition: .ifAbsent)
    #expect(try directory.contents().keys.sorted() == [".object-store.lock", "d/k"])
  }

  @Test("The temporary file of a crash is replaced and never listed")
  func leftOverTemporaryFile() async throws {
    let directory = try TemporaryDirectory()
    try directory.write("d/.object-store.tmp", "half of somethi")
    let store = FileObjectStore(path: directory.path)
    #expect(try await list(store).objects.isEmpty)
    _ = try await store.put("d/k", bytes: [1], condition: .ifAbsent)
    #expect(try directory.contents().keys.sorted() == [".object-store.lock", "d/k"])
  }

  @Test(
    "The store's own names cannot be keys",
    arguments: [".object-store.lock", "a/.object-store.tmp"])
  func ownNames(key: String) async throws {
    let directory = try TemporaryDirectory()
    let store = FileObjectStore(path: directory.path)
    await #expect(throws: ObjectStoreError.self) {
      _ = try await store.put(key, bytes: [], condition: .unconditional)
    }
  }

  @Test("Links to files are objects; loops, dangling links, pipes and bad names are told of")
  func oddEntries() async throws {
    let directory = try TemporaryDirectory()
    let root = directory.path
    try directory.write("file", "x")
    try directory.write("d/inner", "y")
    try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: "file")
    try FileManager.default.createSymbolicLink(atPath: root + "/gone", withDestinationPath: "none")
    try FileManager.default.createSymbolicLink(atPath: root + "/d/up", withDestinationPath: "..")
    try FileManager.default.createSymbolicLink(atPath: root + "/e", withDestinationPath: "d")
    try FileManager.default.createDirectory(
      atPath: root + "/log-x.json", withIntermediateDirectories: false)
    #expect(mkfifo(root + "/pipe", 0o600) == 0)
    let badName: [CChar] = root.utf8CString.dropLast() + [47, -1, -2, 0]
    let descriptor = open(badName, O_CREAT, 0o600)
    #expect(descriptor >= 0)
    close(descriptor)

    let (objects, skipped) = try await list(FileObjectStore(path: root)) { $0.hasPrefix("log-") }
    #expect(objects.map(\.key) == ["d/inner", "e/inner", "file", "link"])
    #expect(
      Set(skipped.map(\.key))
        == ["d/up", "e/up", "gone", "log-x.json", "pipe", "\u{FFFD}\u{FFFD}"])
    #expect(skipped.allSatisfy { $0.reason.hasSuffix(".") })
  }

  @Test("Reading a directory or a pipe as an object is refused and does not hang")
  func readingWhatIsNoObject() async throws {
    let directory = try TemporaryDirectory()
    try directory.write("d/inner", "y")
    #expect(mkfifo(directory.path + "/pipe", 0o600) == 0)
    let store = FileObjectStore(path: directory.path)
    for key in ["d", "pipe"] {
      do {
        _ = try await store.get(key)
        Issue.record("\(key) is no object.")
      } catch let error as ObjectStoreError {
        #expect(error.code == .notAnObject)
      }
      do {
        _ = try await store.put(key, bytes: [1], condition: .unconditional)
        Issue.record("\(key) is no object.")
      } catch let error as ObjectStoreError {
        #expect(error.code == .notAnObject)
      }
    }
  }

  @Test(
    "A directory below that cannot be read fails the listing",
    .enabled(if: geteuid() != 0, "root may read everything"))
  func unreadableDirectory() async throws {
    let directory = try TemporaryDirectory()
    try directory.write("d/inner", "y")
    chmod(directory.path + "/d", 0)
    defer { chmod(directory.path + "/d", 0o700) }
    await #expect(throws: ObjectStoreError.self) {
      _ = try await list(FileObjectStore(path: directory.path))
    }
  }

  @Test("LastModified does not go back with the file's own modification time")
  func changeTime() async throws {
    let directory = try TemporaryDirectory()
    let store = FileObjectStore(path: directory.path)
    var before: Timestamp?
    try await store.list(ListRequest()) { before = $0.serverTime }
    try directory.write("k", "x")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: directory.path + "/k")
    #expect(try await store.head("k").lastModified >= #require(before))
  }

  @Test("A listing reads no file whose ETag nobody needs")
  func lazyETags() async throws {
    let directory = try TemporaryDirectory()
    try directory.write("k", "x")
    var objects: [ObjectMetadata] = []
    try await FileObjectStore(path: directory.path).list(ListRequest(eTags: .none)) {
      objects += $0.objects
    }
    #expect(objects.map(\.eTag) == [nil])
  }

  @Test("Writers in several processes exclude each other", .timeLimit(.minutes(5)))
  func lockBetweenProcesses() async throws {
    let directory = try TemporaryDirectory()
    let store = FileObjectStore(path: directory.path)
    let eTag = try await store.put("k", bytes: [1], condition: .ifAbsent)
    // Another process holds the lock for a while, and changes the object just before it lets go.
    let other = Program(
      named: "flock",
      [
        directory.path + "/.object-store.lock", "sh", "-c",
        "touch \"$0/held\"; sleep 0.4; printf z > \"$0/k\"", directory.path,
      ])
    async let outcome = other.run()
    while !FileManager.default.fileExists(atPath: directory.path + "/held") {
      try await Task.sleep(for: .milliseconds(5))
    }
    do {
      _ = try await store.put("k", bytes: [2], condition: .ifMatch(eTag))
      Issue.record("The other process wrote first.")
    } catch let error as ObjectStoreError {
      #expect(error.code == .preconditionFailed)
    }
    #expect(try await outcome.status == 0)
    #expect(try await store.get("k").bytes == Array("z".utf8))
  }

  @Test("Identities are file URLs of absolute paths")
  func identity() {
    #expect(FileObjectStore(path: "/a b/ü/../c").identity == "file:///a%20b/c/")
    #expect(FileObjectStore(path: "/").identity == "file:///")
  }
}
