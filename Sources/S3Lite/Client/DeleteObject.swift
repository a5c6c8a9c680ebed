internal import NIOHTTP1

/// What DeleteObject is told.
///
/// Amazon S3 API Reference, "DeleteObject".
public struct DeleteObjectRequest: Sendable, Hashable {
  /// The bucket.
  public var bucket: String
  /// The key.
  public var key: String
  /// Only if the object has this ETag, with or without its quotes, or `*` for any; else
  /// ``S3Error/Code/preconditionFailed``.
  public var ifMatch: String?
  /// Which version is deleted for good; nil deletes the latest, or hides it behind a delete marker.
  public var versionID: String?

  /// A request to delete an object.
  public init(bucket: String, key: String, ifMatch: String? = nil, versionID: String? = nil) {
    self.bucket = bucket
    self.key = key
    self.ifMatch = ifMatch
    self.versionID = versionID
  }
}

/// What S3 says of an object that it has deleted.
public struct DeleteObjectResult: Sendable, Hashable {
  /// Whether a delete marker was made or deleted.
  public var isDeleteMarker: Bool
  /// The version that was deleted, or that of the delete marker that was made.
  public var versionID: String?
}

extension S3Client {
  /// Deletes an object. That there is none is no error.
  ///
  /// - Throws: ``S3Error``.
  @discardableResult
  public func deleteObject(
    _ request: DeleteObjectRequest, options: S3RequestOptions = S3RequestOptions()
  ) async throws -> DeleteObjectResult {
    try await send(delete(request, options), options) { answer throws(S3Error) in
      DeleteObjectResult(
        isDeleteMarker: answer.headers.first(name: "x-amz-delete-marker") == "true",
        versionID: VersionID.read(answer.headers))
    }
  }

  /// The request.
  func delete(
    _ request: DeleteObjectRequest, _ options: S3RequestOptions
  ) throws(S3Error) -> S3Request {
    var sent = try S3Request(.DELETE, bucket: request.bucket, key: request.key, options: options)
    sent.set(query: "versionId", request.versionID)
    sent.set("If-Match", eTag: request.ifMatch)
    return sent
  }
}
