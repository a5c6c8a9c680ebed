public import CheckpointCore
import EventLogModel
public import S3Lite

/// A bucket, or the part of one under a prefix, as a store of events and checkpoints.
///
/// Keys are what follows the prefix. Conditions are S3's own (If-Match, If-None-Match): of several
/// writers that replace one version, one succeeds.
public struct S3ObjectStore: ObjectStore {
  /// What the requests are sent with; its owner shuts it down.
  public let client: S3Client
  /// The bucket.
  public let bucket: String
  /// What the keys in the bucket begin with; empty, or usually with a `/` at its end.
  public let prefix: String
  /// What every request is told: the bucket's expected owner, say.
  public let options: S3RequestOptions

  /// A store in a bucket.
  ///
  /// - Parameters:
  ///   - client: What the requests are sent with.
  ///   - bucket: The bucket.
  ///   - prefix: What the keys in the bucket begin with.
  ///   - options: What every request is told.
  public init(
    client: S3Client, bucket: String, prefix: String = "",
    options: S3RequestOptions = S3RequestOptions()
  ) {
    self.client = client
    self.bucket = bucket
    self.prefix = prefix
    self.options = options
  }

  /// The URL of bucket and prefix, such as `s3://visits/events/`.
  public var identity: String { "s3://\(bucket)/\(prefix)" }

  /// See ``ObjectStore/get(_:range:ifMatch:limit:)``.
  public func get(
    _ key: String, range: Range<Int>?, ifMatch match: ETag?, limit: Int
  ) async throws -> StoredObject {
    try await translating(key, ifMatch: match) {
      // HTTP has no empty range, and S3 no range of an empty object: both are looked at instead.
      if let range, range.isEmpty { return try await nothing(of: key, ifMatch: match) }
      do {
        let result = try await client.getObject(
          GetObjectRequest(
            bucket: bucket, key: prefix + key, range: range.map { .bytes($0) },
            ifMatch: match?.rawValue),
          limit: limit, options: options)
        return try StoredObject(key: key, result.attributes, bytes: result.body)
      } catch let error as S3Error where error.code == .invalidRange {
        return try await nothing(of: key, ifMatch: match)
      }
    }
  }

  /// See ``ObjectStore/get(_:last:)``.
  public func get(_ key: String, last count: Int) async throws -> StoredObject {
    try await translating(key) {
      guard count > 0 else { return try await nothing(of: key, ifMatch: nil) }
      do {
        let result = try await client.getObject(
          GetObjectRequest(bucket: bucket, key: prefix + key, range: .last(count)), limit: count,
          options: options)
        return try StoredObject(key: key, result.attributes, bytes: result.body)
      } catch let error as S3Error where error.code == .invalidRange {
        // No range lies in an empty object. rclone finds none either in one that is shorter.
        let empty = try await nothing(of: key, ifMatch: nil)
        guard empty.metadata.size > 0 else { return empty }
        return try await get(key, range: nil, ifMatch: empty.eTag, limit: count)
      }
    }
  }

  /// No bytes of an object, and what is known of it.
  private func nothing(of key: String, ifMatch match: ETag?) async throws -> StoredObject {
    let attributes = try await client.headObject(
      HeadObjectRequest(bucket: bucket, key: prefix + key, ifMatch: match?.rawValue),
      options: options)
    return try StoredObject(key: key, attributes, bytes: [])
  }

  /// See ``ObjectStore/head(_:)``.
  public func head(_ key: String) async throws -> ObjectMetadata {
    try await translating(key) { try await nothing(of: key, ifMatch: nil).metadata }
  }

  /// See ``ObjectStore/put(_:bytes:condition:)``.
  public func put(_ key: String, bytes: [UInt8], condition: PutCondition) async throws -> ETag {
    var request = PutObjectRequest(bucket: bucket, key: prefix + key)
    switch condition {
    case .unconditional: break
    case .ifAbsent: request.ifNoneMatch = "*"
    case .ifMatch(let eTag): request.ifMatch = eTag.rawValue
    }
    return try await translating(key, condition) {
      do {
        return ETag(quoted: try await client.putObject(request, body: bytes, options: options).eTag)
      } catch let error as S3Error where error.mayHaveSucceeded {
        // An answer was lost, and what is in the way of the next attempt may be this very write.
        guard error.code == .preconditionFailed || error.code == .conditionalRequestConflict,
          let eTag = try await eTag(of: key, ifItIs: bytes)
        else { throw error }
        return eTag
      }
    }
  }

  /// The ETag of an object, if its bytes are these.
  private func eTag(of key: String, ifItIs bytes: [UInt8]) async throws -> ETag? {
    do {
      let there = try await client.getObject(
        GetObjectRequest(bucket: bucket, key: prefix + key), limit: bytes.count, options: options)
      return there.body == bytes ? there.attributes.eTag.map { ETag(quoted: $0) } : nil
    } catch let error as S3Error where error.code == .bodyTooLarge || error.code == .noSuchKey {
      return nil
    }
  }

  /// See ``ObjectStore/delete(_:)``.
  public func delete(_ key: String) async throws {
    try await translating(key) {
      _ = try await client.deleteObject(
        DeleteObjectRequest(bucket: bucket, key: prefix + key), options: options)
    }
  }
}

extension StoredObject {
  /// An object as S3 answered it.
  fileprivate init(key: String, _ attributes: ObjectAttributes, bytes: [UInt8]) throws {
    guard let eTag = attributes.eTag, let lastModified = attributes.lastModified else {
      throw ObjectStoreError(
        .unavailable, key: key,
        "The answer for \"\(key)\" lacks the ETag or the time of its last modification.")
    }
    self.init(
      key: key, lastModified: Timestamp(microsecondsSinceEpoch: lastModified),
      size: attributes.size, eTag: ETag(quoted: eTag),
      storageClass: attributes.storageClass ?? S3ObjectStore.standardClass,
      isRestored: attributes.isRestored, bytes: bytes)
  }
}

extension S3ObjectStore {
  /// The storage class of objects whose answer names none: GET and HEAD leave this one out.
  static let standardClass = "STANDARD"
}

extension ETag {
  /// A tag as S3 writes it, in quotes.
  init(quoted text: String) {
    let isQuoted = text.utf8.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
    self.init(rawValue: isQuoted ? String(text.dropFirst().dropLast()) : text)
  }
}
