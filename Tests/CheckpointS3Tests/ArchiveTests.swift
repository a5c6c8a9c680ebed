import CheckpointCore
@testable import CheckpointS3
import EventLogModel
import S3Lite
import S3TestServer
import Testing

@Suite("Objects in archive classes")
struct ArchiveTests {
  @Test("They cannot be read until they are restored, and the listing says which is the case")
  func restore() async throws {
    try await withStore { server, store in
      for isRestored in [false, true] {
        var attributes = StoredAttributes()
        attributes.storageClass = "DEEP_ARCHIVE"
        attributes.isRestored = isRestored
        server.put("p/k", in: "bucket", [1, 2], attributes)
        var listed: [ObjectMetadata] = []
        try await store.list(ListRequest()) { listed += $0.objects }
        #expect(listed.map(\.isArchived) == [!isRestored])
        #expect(try await store.head("k").isArchived == !isRestored)
        if isRestored {
          #expect(try await store.get("k").bytes == [1, 2])
        } else {
          let error = await #expect(throws: ObjectStoreError.self) { try await store.get("k") }
          #expect(error?.code == .archived)
        }
      }
    }
  }
}

@Suite("Times of objects in S3")
struct ObjectTimeTests {
  @Test("An object has one time, in whole seconds, where a server lists fractions")
  func wholeSeconds() {
    for (listed, time) in [(0, 0), (1, 0), (999_999, 0), (1_700_000, 1_000_000), (-1, -1_000_000)] {
      #expect(
        S3ObjectStore.headerTime(Int64(listed)).microsecondsSinceEpoch == Int64(time))
    }
  }
}
