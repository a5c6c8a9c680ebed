public import EventLogModel

/// A place that keeps objects under keys: a bucket, a directory, memory.
///
/// Keys are segments divided by `/`, relative to the store's root. Every write is atomic: a reader
/// sees an object whole, either before or after it. The same conformance tests run against every
/// store.
public protocol ObjectStore: Sendable {
  /// What names the store across runs and machines, such as `file:///srv/events/`. A state belongs
  /// to the store of this name.
  var identity: String { get }

  /// Lists objects in the order of the UTF-8 bytes of their keys, page by page.
  ///
  /// The last page has ``ListingPage/isLast`` set; a listing that ends without one (because the
  /// task was cancelled, say) throws, so that a listing cut short is never taken for a whole one.
  ///
  /// - Parameters:
  ///   - request: What to list.
  ///   - onPage: Called once per page, at least once; the next page is fetched when it returns.
  /// - Throws: ``ObjectStoreError``, or what `onPage` throws.
  func list(_ request: ListRequest, _ onPage: (ListingPage) async throws -> Void) async throws

  /// Reads an object or a range of it.
  ///
  /// - Parameters:
  ///   - key: The object.
  ///   - range: The bytes to read, cut to the object's size; nil for all.
  ///   - match: Read only this version of the object.
  ///   - limit: The most bytes to take into memory.
  /// - Throws: ``ObjectStoreError`` with `.notFound`, `.preconditionFailed` when the object is
  ///   another version, `.tooLarge` when there are more bytes than the limit.
  func get(_ key: String, range: Range<Int>?, ifMatch match: ETag?, limit: Int) async throws
    -> StoredObject

  /// Reads the last bytes of an object, all of it where it has fewer, in one request where the
  /// store can.
  ///
  /// - Parameters:
  ///   - key: The object.
  ///   - count: How many bytes, at least 0.
  /// - Returns: The bytes; ``ObjectMetadata/size`` is that of the whole object.
  /// - Throws: As ``get(_:range:ifMatch:limit:)`` does.
  func get(_ key: String, last count: Int) async throws -> StoredObject

  /// What is known of an object without its bytes; the ETag is always there.
  func head(_ key: String) async throws -> ObjectMetadata

  /// Writes an object if a condition holds, and returns the ETag of what was written.
  ///
  /// - Throws: ``ObjectStoreError`` with `.preconditionFailed` when the condition does not hold;
  ///   the store is then as it was. After any other error the object may or may not be written.
  func put(_ key: String, bytes: [UInt8], condition: PutCondition) async throws -> ETag

  /// Replaces a version of an object by parts of it and new bytes, one after another, if the object
  /// still is that version. What is kept need not pass through the caller.
  ///
  /// - Parameters:
  ///   - key: The object.
  ///   - version: What is replaced, and what the kept ranges are ranges of.
  ///   - pieces: What the new version is made of.
  /// - Returns: The ETag of the new version.
  /// - Throws: ``ObjectStoreError`` with `.preconditionFailed` when the object is another version or
  ///   gone; the store is then as it was. After any other error the object may or may not be
  ///   written.
  func replace(_ key: String, version: ETag, with pieces: [ObjectPiece]) async throws -> ETag

  /// Removes an object; one that is not there is no error.
  func delete(_ key: String) async throws
}

/// A part of what a new version of an object is made of.
public enum ObjectPiece: Sendable, Hashable {
  /// New bytes.
  case bytes([UInt8])
  /// Bytes of the version that is replaced; the range lies within it.
  case range(Range<Int>)

  /// The number of bytes.
  public var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .range(let range): range.count
    }
  }
}

extension [ObjectPiece] {
  /// The new bytes among the pieces, one after another.
  var newBytes: [UInt8] {
    var bytes: [UInt8] = []
    for case .bytes(let part) in self {
      // Most often there is but one piece, which need not be copied.
      if bytes.isEmpty { bytes = part } else { bytes.append(contentsOf: part) }
    }
    return bytes
  }
}

extension ObjectStore {
  /// Reads the last bytes in two requests, for stores that cannot do it in one.
  public func get(_ key: String, last count: Int) async throws -> StoredObject {
    let metadata = try await head(key)
    let range = max(0, metadata.size - max(0, count))..<metadata.size
    return try await get(key, range: range, ifMatch: metadata.eTag, limit: .max)
  }

  /// Reads what is kept and writes the object whole, for stores that cannot put one together.
  public func replace(
    _ key: String, version: ETag, with pieces: [ObjectPiece]
  ) async throws -> ETag {
    var bytes: [UInt8] = []
    do {
      for piece in pieces {
        switch piece {
        case .bytes(let new): bytes.append(contentsOf: new)
        case .range(let range):
          let kept = try await get(key, range: range, ifMatch: version, limit: .max).bytes
          guard kept.count == range.count else { throw ObjectStoreError.noSuchRange(key, range) }
          bytes.append(contentsOf: kept)
        }
      }
    } catch let error as ObjectStoreError where error.code == .notFound {
      throw ObjectStoreError.preconditionFailed(key, .ifMatch(version))
    }
    return try await put(key, bytes: bytes, condition: .ifMatch(version))
  }

  /// Reads an object whole.
  public func get(_ key: String, limit: Int = .max) async throws -> StoredObject {
    try await get(key, range: nil, ifMatch: nil, limit: limit)
  }
}

/// The version of an object's content, as its store names it. Equal tags of one key mean equal
/// content.
public struct ETag: Sendable, Hashable, RawRepresentable, Codable, CustomStringConvertible {
  /// The tag, without quotes.
  public let rawValue: String

  /// A tag as the store wrote it, without quotes.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// The tag, without quotes.
  public var description: String { rawValue }
}

/// What a store knows of an object without its bytes.
public struct ObjectMetadata: Sendable, Hashable {
  /// Where the object lies.
  public let key: String
  /// When the object was last written, by the store's clock and at its resolution.
  public let lastModified: Timestamp
  /// The number of bytes.
  public let size: Int
  /// The version; nil only in listings that did not ask for it.
  public let eTag: ETag?
  /// The storage class where the store has several, such as `GLACIER`.
  public let storageClass: String?
  /// Whether an object of an archive class can be read for now, because it was restored.
  public let isRestored: Bool

  /// Whether the object must be restored before it can be read. (`GLACIER_IR` can be read at once.)
  public var isArchived: Bool {
    (storageClass == "GLACIER" || storageClass == "DEEP_ARCHIVE") && !isRestored
  }

  /// What a store knows of an object.
  public init(
    key: String, lastModified: Timestamp, size: Int, eTag: ETag?, storageClass: String? = nil,
    isRestored: Bool = false
  ) {
    self.key = key
    self.lastModified = lastModified
    self.size = size
    self.eTag = eTag
    self.storageClass = storageClass
    self.isRestored = isRestored
  }
}

/// An object, or a range of it, with what is known of the very version that was read.
public struct StoredObject: Sendable {
  /// What is known of the whole object; the ETag is always there.
  public let metadata: ObjectMetadata
  /// The bytes asked for.
  public let bytes: [UInt8]
  /// The version that the bytes are of.
  public let eTag: ETag

  /// An object as it was read.
  public init(
    key: String, lastModified: Timestamp, size: Int, eTag: ETag, storageClass: String? = nil,
    isRestored: Bool = false, bytes: [UInt8]
  ) {
    metadata = ObjectMetadata(
      key: key, lastModified: lastModified, size: size, eTag: eTag, storageClass: storageClass,
      isRestored: isRestored)
    self.bytes = bytes
    self.eTag = eTag
  }
}

/// When a write is to happen.
public enum PutCondition: Sendable, Hashable {
  /// Whatever is there.
  case unconditional
  /// Only where no object is (`If-None-Match: *`).
  case ifAbsent
  /// Only over this version (`If-Match`).
  case ifMatch(ETag)
}

/// What to list.
public struct ListRequest: Sendable {
  /// For which objects a listing must give the ETag. Stores to which it costs nothing give it for
  /// all.
  public enum ETagDemand: Sendable, Hashable {
    /// For none.
    case none
    /// For those modified at or after an instant.
    case modifiedSince(Timestamp)
    /// For all.
    case all

    /// Whether the ETag of an object with a modification time is asked for.
    public func includes(_ lastModified: Timestamp) -> Bool {
      switch self {
      case .none: false
      case .modifiedSince(let instant): lastModified >= instant
      case .all: true
      }
    }
  }

  /// Only keys that begin with this; it need not end at a `/`.
  public var prefix: String
  /// For which objects the ETag is needed.
  public var eTags: ETagDemand
  /// Whether something under this name that cannot be an object (a directory, say) is worth an
  /// entry in ``ListingPage/skipped``. What is given is the last segment of a key.
  public var looksLikeObject: @Sendable (String) -> Bool

  /// A request for the keys with a prefix.
  public init(
    prefix: String = "", eTags: ETagDemand = .none,
    looksLikeObject: @escaping @Sendable (String) -> Bool = { _ in false }
  ) {
    self.prefix = prefix
    self.eTags = eTags
    self.looksLikeObject = looksLikeObject
  }
}

/// Some of the objects of a listing.
public struct ListingPage: Sendable {
  /// The objects, ordered by key; all keys are greater than those of the pages before.
  public let objects: [ObjectMetadata]
  /// What lies among the objects and is none.
  public let skipped: [SkippedEntry]
  /// The store's own time when it began to make this page.
  public let serverTime: Timestamp
  /// Whether this page completes the listing.
  public let isLast: Bool

  /// A page of a listing.
  public init(
    objects: [ObjectMetadata], skipped: [SkippedEntry] = [], serverTime: Timestamp, isLast: Bool
  ) {
    self.objects = objects
    self.skipped = skipped
    self.serverTime = serverTime
    self.isLast = isLast
  }
}

/// Something that lies among the objects and is none, such as a dangling link.
public struct SkippedEntry: Sendable, Hashable {
  /// Where it lies; bytes that are not UTF-8 are replaced.
  public let key: String
  /// Why it is no object, as a sentence.
  public let reason: String

  /// Something that is no object.
  public init(key: String, reason: String) {
    self.key = key
    self.reason = reason
  }
}
