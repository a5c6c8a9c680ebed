internal import Crypto
internal import NIOCore
internal import NIOHTTP1

/// What DeleteObjects is told.
///
/// Amazon S3 API Reference, "DeleteObjects".
public struct DeleteObjectsRequest: Sendable, Hashable {
  /// An object to delete.
  public struct Object: Sendable, Hashable {
    /// The key.
    public var key: String
    /// Which version is deleted for good; nil deletes the latest, or hides it behind a delete marker.
    public var versionID: String?
    /// Only if the object has this ETag, with or without its quotes.
    public var eTag: String?

    /// An object by its key.
    public init(key: String, versionID: String? = nil, eTag: String? = nil) {
      self.key = key
      self.versionID = versionID
      self.eTag = eTag
    }
  }

  /// The bucket.
  public var bucket: String
  /// The objects, 1 to 1,000.
  public var objects: [Object]
  /// Whether the answer names only those that could not be deleted.
  public var isQuiet: Bool

  /// A request to delete objects.
  public init(bucket: String, objects: [Object], isQuiet: Bool = false) {
    self.bucket = bucket
    self.objects = objects
    self.isQuiet = isQuiet
  }

  /// A request to delete objects by their keys.
  public init(bucket: String, keys: [String], isQuiet: Bool = false) {
    self.init(bucket: bucket, objects: keys.map { Object(key: $0) }, isQuiet: isQuiet)
  }

  /// The document that is sent.
  ///
  /// - Throws: ``S3Error/Code/invalidRequest``.
  func document() throws(S3Error) -> [UInt8] {
    guard (1...1_000).contains(objects.count) else {
      throw S3Error(
        .invalidRequest, "1 to 1,000 objects can be deleted at a time, not \(objects.count).",
        bucket: bucket)
    }
    var writer = XMLWriter(root: "Delete")
    for object in objects {
      writer.begin("Object")
      guard !object.key.isEmpty else {
        throw S3Error(.invalidRequest, "The key of an object to delete is empty.", bucket: bucket)
      }
      guard writer.add("Key", object.key), writer.add("VersionId", object.versionID),
        writer.add("ETag", object.eTag.map(ETag.quoted))
      else {
        throw S3Error(
          .invalidRequest,
          "The key of an object to delete holds a control character, which XML cannot; delete it "
            + "alone.", resource: object.key, bucket: bucket)
      }
      writer.end()
    }
    if isQuiet { _ = writer.add("Quiet", "true") }
    writer.end()
    return writer.bytes
  }
}

extension S3Client {
  /// Deletes objects. That there is none of a key is no error.
  ///
  /// - Returns: What was deleted, and what was not and why.
  /// - Throws: ``S3Error`` where the request as a whole failed.
  public func deleteObjects(
    _ request: DeleteObjectsRequest, options: S3RequestOptions = S3RequestOptions()
  ) async throws -> DeleteResult {
    var sent = try S3Request(.POST, bucket: request.bucket, key: nil, options: options)
    sent.query = [QueryItem("delete")]
    let document = try request.document()
    sent.set("Content-Type", "application/xml")
    if configuration.uploadChecksum == .none {
      // The request must have a checksum; this is the one that all servers know.
      let digest = Insecure.MD5.hash(data: document)
      sent.set("Content-MD5", digest.withUnsafeBytes { Base64.encode($0) })
    }
    sent.set(body: ByteBuffer(bytes: document), configuration.uploadChecksum)
    return try await send(sent, options) { answer throws(S3Error) in
      try answer.document(DeleteResult.self)
    }
  }
}
