import CheckpointCore
import CheckpointS3
import S3Lite
import S3TestServer
import Testing
import TestSupport

/// Which store a test runs against.
enum StoreKind: CaseIterable {
  case memory
  case directory
  /// S3's semantics as AWS documents them, on loopback.
  case s3
  /// The same under a prefix, and with pages of three objects.
  case s3WithPrefix
  /// S3 as moto has it.
  case moto

  /// Whether keys are nothing but bytes to the store, so that `..` and empty segments can lead
  /// nowhere.
  var hasOpaqueKeys: Bool {
    switch self {
    case .memory, .directory: false
    case .s3, .s3WithPrefix, .moto: true
    }
  }

  /// Whether an upload in parts keeps to its conditions: moto 5.2 passes over If-Match where it
  /// completes one, and over copy-source-if-match.
  var hasConditionalMultipartUploads: Bool { self != .moto }

  /// Whether a condition is looked at and the write done in one step: moto 5.2 lets two threads pass
  /// the same condition.
  var hasAtomicConditions: Bool { self != .moto }
}

/// An empty store, with what keeps it alive.
struct StoreFixture {
  let store: any ObjectStore
  private let owner: TemporaryDirectory?

  init(_ kind: StoreKind) async throws {
    var owner: TemporaryDirectory?
    switch kind {
    case .memory:
      store = MemoryObjectStore(pageSize: 3)
    case .directory:
      let directory = try TemporaryDirectory()
      store = FileObjectStore(path: directory.path, createsDirectory: true)
      owner = directory
    case .s3:
      store = try await S3Bucket.scripted(prefix: "")
    case .s3WithPrefix:
      store = try await S3Bucket.scripted(prefix: "some prefix/é+%/")
    case .moto:
      store = try await S3Bucket.moto()
    }
    self.owner = owner
  }

  /// All objects under a prefix.
  func list(
    _ prefix: String = "", _ eTags: ListRequest.ETagDemand = .all
  ) async throws -> [ObjectMetadata] {
    var objects: [ObjectMetadata] = []
    var isWhole = false
    try await store.list(ListRequest(prefix: prefix, eTags: eTags)) { page in
      objects += page.objects
      #expect(!isWhole)
      isWhole = page.isLast
    }
    #expect(isWhole)
    return objects
  }
}
