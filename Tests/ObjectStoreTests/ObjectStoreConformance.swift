import CheckpointCore
import EventLogModel
import TestSupport
import Testing

/// What every ``ObjectStore`` must do, run unchanged against each of them.
@Suite("Every object store", .servers(.moto))
struct ObjectStoreConformance {
  private func code(_ body: () async throws -> Void) async -> ObjectStoreError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? ObjectStoreError)?.code
    }
  }

  @Test("What is put can be got, with the ETag that put returned", arguments: StoreKind.allCases)
  func putAndGet(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let bytes = Array("content".utf8)
    let eTag = try await fixture.store.put("a/b.json", bytes: bytes, condition: .unconditional)
    let stored = try await fixture.store.get("a/b.json")
    #expect(stored.bytes == bytes)
    #expect(stored.eTag == eTag)
    #expect(stored.metadata.eTag == eTag)
    #expect(stored.metadata.size == 7)
    let head = try await fixture.store.head("a/b.json")
    #expect(head == stored.metadata)
    withExtendedLifetime(fixture) {}
  }

  @Test("An empty object is an object", arguments: StoreKind.allCases)
  func emptyObject(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let eTag = try await fixture.store.put("empty", bytes: [], condition: .ifAbsent)
    let stored = try await fixture.store.get("empty")
    #expect(stored.bytes.isEmpty)
    #expect(stored.eTag == eTag)
    withExtendedLifetime(fixture) {}
  }

  @Test(
    "Ranges are cut to the object, and carry the ETag of the whole", arguments: StoreKind.allCases)
  func ranges(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let eTag = try await fixture.store.put(
      "digits", bytes: Array("0123456789".utf8), condition: .unconditional)
    for (range, expected) in [(0..<3, "012"), (7..<10, "789"), (8..<99, "89"), (20..<30, "")] {
      let part = try await fixture.store.get("digits", range: range, ifMatch: eTag, limit: .max)
      #expect(String(decoding: part.bytes, as: UTF8.self) == expected)
      #expect(part.eTag == eTag)
      #expect(part.metadata.size == 10)
    }
    withExtendedLifetime(fixture) {}
  }

  @Test("More bytes than the limit are refused, as many are not", arguments: StoreKind.allCases)
  func limit(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let store = fixture.store
    _ = try await store.put("five", bytes: Array("12345".utf8), condition: .unconditional)
    #expect(try await store.get("five", limit: 5).bytes.count == 5)
    #expect(await code { _ = try await store.get("five", limit: 4) } == .tooLarge)
    withExtendedLifetime(fixture) {}
  }

  @Test("What is not there is not found", arguments: StoreKind.allCases)
  func notFound(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let store = fixture.store
    #expect(await code { _ = try await store.get("nothing") } == .notFound)
    #expect(await code { _ = try await store.head("no/thing") } == .notFound)
    try await store.delete("nothing")
    _ = try await store.put("some", bytes: [1], condition: .unconditional)
    #expect(await code { _ = try await store.get("some/thing") } == .notFound)
    withExtendedLifetime(fixture) {}
  }

  @Test("If-None-Match writes only where nothing is", arguments: StoreKind.allCases)
  func ifAbsent(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let store = fixture.store
    _ = try await store.put("k", bytes: [1], condition: .ifAbsent)
    #expect(
      await code { _ = try await store.put("k", bytes: [2], condition: .ifAbsent) }
        == .preconditionFailed)
    #expect(try await store.get("k").bytes == [1])
    try await store.delete("k")
    _ = try await store.put("k", bytes: [3], condition: .ifAbsent)
    #expect(try await store.get("k").bytes == [3])
    withExtendedLifetime(fixture) {}
  }

  @Test("If-Match writes only over that version", arguments: StoreKind.allCases)
  func ifMatch(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let store = fixture.store
    #expect(
      await code {
        _ = try await store.put("k", bytes: [0], condition: .ifMatch(ETag(rawValue: "none")))
      } == .preconditionFailed)
    let first = try await store.put("k", bytes: [1], condition: .ifAbsent)
    let second = try await store.put("k", bytes: [2], condition: .ifMatch(first))
    #expect(first != second)
    #expect(
      await code { _ = try await store.put("k", bytes: [3], condition: .ifMatch(first)) }
        == .preconditionFailed)
    #expect(try await store.get("k").bytes == [2])
    #expect(
      await code { _ = try await store.get("k", range: nil, ifMatch: first, limit: .max) }
        == .preconditionFailed)
    withExtendedLifetime(fixture) {}
  }

  @Test("The end of an object is as long as asked for, or all of it", arguments: StoreKind.allCases)
  func end(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let store = fixture.store
    let eTag = try await store.put("digits", bytes: Array("0123456789".utf8), condition: .ifAbsent)
    for (count, expected) in [(3, "789"), (10, "0123456789"), (99, "0123456789"), (0, "")] {
      let end = try await store.get("digits", last: count)
      #expect(String(decoding: end.bytes, as: UTF8.self) == expected)
      #expect(end.eTag == eTag)
      #expect(end.metadata.size == 10)
    }
    _ = try await store.put("empty", bytes: [], condition: .ifAbsent)
    #expect(try await store.get("empty", last: 5).bytes.isEmpty)
    #expect(await code { _ = try await store.get("nothing", last: 5) } == .notFound)
    withExtendedLifetime(fixture) {}
  }

  @Test(
    "A new version is made of parts of the old one and new bytes, long and short",
    arguments: StoreKind.allCases)
  func replace(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let store = fixture.store
    var random = TestSupport.SplitMix64(seed: 11)
    // Long enough for S3 to copy parts of it by itself, and so short that it cannot.
    for size in [13 << 20, 1_000] {
      // A prime number of random bytes, over and over: no two places look alike nearby.
      let tile = random.bytes(65_521)
      let old = Array((0...size / tile.count).flatMap { _ in tile }.prefix(size))
      let fresh = random.bytes(300)
      let key = "object-\(size)"
      let first = try await store.put(key, bytes: old, condition: .ifAbsent)
      let (early, late) = (size / 2, size - size / 100)
      let second = try await store.replace(
        key, version: first,
        with: [.range(0..<early), .bytes(fresh), .range(early..<late), .bytes(fresh)])
      let stored = try await store.get(key)
      #expect(stored.bytes == Array(old[..<early]) + fresh + Array(old[early..<late]) + fresh)
      #expect(stored.eTag == second)
      guard size < 5 << 20 || kind.hasConditionalMultipartUploads else { continue }
      // The version that is gone can no longer be replaced, and nothing is left of the attempt.
      #expect(
        await code {
          _ = try await store.replace(key, version: first, with: [.range(0..<early), .bytes([1])])
        } == .preconditionFailed)
      #expect(try await store.get(key).eTag == second)
    }
    #expect(
      await code {
        _ = try await store.replace(
          "nothing", version: ETag(rawValue: "none"), with: [.bytes([1])])
      } == .preconditionFailed)
    #expect(try await fixture.list().count == 2)
    withExtendedLifetime(fixture) {}
  }

  @Test("A failed write leaves nothing behind in the listing", arguments: StoreKind.allCases)
  func failedWrite(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let store = fixture.store
    _ = try? await store.put("d/k", bytes: [1], condition: .ifMatch(ETag(rawValue: "x")))
    #expect(try await fixture.list().isEmpty)
  }

  @Test(
    "A listing has every object once, in the order of the keys' bytes",
    arguments: StoreKind.allCases)
  func listing(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    // "a-" < "a.b" < "a/" < "a0" in bytes: a directory is not listed where its name alone stands.
    let keys = [
      "a/z", "a.b", "a-", "a0", "a/b/c", "b", "é", "z/1", "z/2", "Z", "a/b.", "\u{1F600}",
    ]
    for key in keys {
      _ = try await fixture.store.put(key, bytes: Array(key.utf8), condition: .ifAbsent)
    }
    let objects = try await fixture.list()
    #expect(
      objects.map(\.key) == keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    for object in objects {
      let stored = try await fixture.store.get(object.key)
      #expect(object == stored.metadata)
    }
    #expect(try await fixture.list("a/").map(\.key) == ["a/b.", "a/b/c", "a/z"])
    #expect(try await fixture.list("a/b").map(\.key) == ["a/b.", "a/b/c"])
    #expect(try await fixture.list("a/b/").map(\.key) == ["a/b/c"])
    #expect(try await fixture.list("nothing/").isEmpty)
    #expect(try await fixture.list("../").isEmpty)
  }

  @Test("An empty store lists one page that is the last one", arguments: StoreKind.allCases)
  func emptyListing(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    #expect(try await fixture.list().isEmpty)
  }

  @Test("A listing gives the ETags that are asked for", arguments: StoreKind.allCases)
  func eTagDemand(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    for index in 0..<5 {
      _ = try await fixture.store.put("k\(index)", bytes: [UInt8(index)], condition: .ifAbsent)
    }
    let modified = try #require(try await fixture.list().map(\.lastModified).max())
    for object in try await fixture.list("", .modifiedSince(modified)) {
      #expect(object.lastModified < modified || object.eTag != nil)
    }
    #expect(try await fixture.list("", .all).allSatisfy { $0.eTag != nil })
  }

  @Test("A write is not older than the listing before it", arguments: StoreKind.allCases)
  func serverTime(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    var before: Timestamp?
    try await fixture.store.list(ListRequest()) { before = $0.serverTime }
    _ = try await fixture.store.put("k", bytes: [1], condition: .ifAbsent)
    let written = try await fixture.store.head("k").lastModified
    #expect(try #require(before) <= written)
    withExtendedLifetime(fixture) {}
  }

  @Test("No object can have an impossible key", arguments: StoreKind.allCases, ["", "a\0b"])
  func impossibleKeys(kind: StoreKind, key: String) async throws {
    let fixture = try await StoreFixture(kind)
    let store = fixture.store
    #expect(await code { _ = try await store.get(key) } == .invalidKey)
    #expect(await code { _ = try await store.head(key) } == .invalidKey)
    #expect(
      await code { _ = try await store.put(key, bytes: [1], condition: .unconditional) }
        == .invalidKey)
    #expect(await code { try await store.delete(key) } == .invalidKey)
    withExtendedLifetime(fixture) {}
  }

  @Test(
    "No key leaves the root: it is refused, or means an object of just that key",
    arguments: StoreKind.allCases, ["/a", "a//b", "a/", "..", "../a", "a/../b", "a/.", "./a"])
  func keysStayInside(kind: StoreKind, key: String) async throws {
    let fixture = try await StoreFixture(kind)
    let store = fixture.store
    if kind.hasOpaqueKeys {
      _ = try await store.put(key, bytes: Array(key.utf8), condition: .ifAbsent)
      #expect(try await fixture.list().map(\.key) == [key])
      #expect(try await store.get(key).bytes == Array(key.utf8))
      try await store.delete(key)
    } else {
      #expect(await code { _ = try await store.get(key) } == .invalidKey)
      #expect(await code { _ = try await store.head(key) } == .invalidKey)
      #expect(
        await code { _ = try await store.put(key, bytes: [1], condition: .unconditional) }
          == .invalidKey)
      #expect(await code { try await store.delete(key) } == .invalidKey)
    }
    #expect(try await fixture.list().isEmpty)
    withExtendedLifetime(fixture) {}
  }

  @Test(
    "Of writers at the same time none overwrites another",
    arguments: StoreKind.allCases.filter(\.hasAtomicConditions))
  func concurrentWriters(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let store = fixture.store
    _ = try await store.put("log", bytes: [], condition: .ifAbsent)
    // Each appends its number by compare and swap; in the end every number is there once.
    let writers = 8
    let rounds = 5
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers {
        group.addTask {
          for _ in 0..<rounds {
            while true {
              let current = try await store.get("log")
              do {
                _ = try await store.put(
                  "log", bytes: current.bytes + [UInt8(writer)], condition: .ifMatch(current.eTag))
                break
              } catch let error as ObjectStoreError where error.code == .preconditionFailed {
                await Task.yield()
              }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let bytes = try await store.get("log").bytes
    #expect(
      bytes.sorted() == (0..<writers).flatMap { [UInt8](repeating: UInt8($0), count: rounds) })
    withExtendedLifetime(fixture) {}
  }

  @Test("Of many that create an object one succeeds", arguments: StoreKind.allCases)
  func concurrentCreation(kind: StoreKind) async throws {
    let fixture = try await StoreFixture(kind)
    let store = fixture.store
    let successes = try await withThrowingTaskGroup(of: Bool.self) { group in
      for writer in 0..<16 {
        group.addTask {
          do {
            _ = try await store.put("d/one", bytes: [UInt8(writer)], condition: .ifAbsent)
            return true
          } catch let error as ObjectStoreError where error.code == .preconditionFailed {
            return false
          }
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(successes == 1 || (!kind.hasAtomicConditions && successes > 0))
    withExtendedLifetime(fixture) {}
  }
}
