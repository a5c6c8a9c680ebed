internal import NIOHTTP1

extension S3Client {
  /// Begins a multipart upload.
  ///
  /// What was begun costs money until it is completed or aborted.
  ///
  /// Amazon S3 API Reference, "CreateMultipartUpload".
  ///
  /// - Throws: ``S3Error``.
  public func createMultipartUpload(
    bucket: String, key: String, properties: ObjectProperties = ObjectProperties(),
    options: S3RequestOptions = S3RequestOptions()
  ) async throws -> MultipartUpload {
    var sent = try S3Request(.POST, bucket: bucket, key: key, options: options)
    sent.query = [QueryItem("uploads")]
    try sent.set(properties)
    if let running = RunningChecksum(configuration.uploadChecksum) {
      sent.set("x-amz-checksum-algorithm", running.algorithm)
      // One of the whole object, combined from those of the parts.
      sent.set("x-amz-checksum-type", "FULL_OBJECT")
    }
    return try await send(sent, options) { answer throws(S3Error) in
      let result = try answer.document(InitiateMultipartUploadResult.self)
      return MultipartUpload(bucket: bucket, key: key, uploadID: result.uploadID)
    }
  }

  /// Gives up a multipart upload; its parts are deleted.
  ///
  /// Amazon S3 API Reference, "AbortMultipartUpload".
  ///
  /// - Throws: ``S3Error``: ``S3Error/Code/noSuchUpload`` where it was completed or aborted already.
  public func abortMultipartUpload(
    _ upload: MultipartUpload, options: S3RequestOptions = S3RequestOptions()
  ) async throws {
    let sent = try upload.request(.DELETE, options: options)
    try await send(sent, options) { _ throws(S3Error) in }
  }
}
