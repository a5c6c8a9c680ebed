internal import NIOCore
internal import NIOHTTP1

extension S3Client {
  /// Uploads a part from memory: 5 MiB or more, the last one excepted, and less than 4 GiB.
  ///
  /// Amazon S3 API Reference, "UploadPart".
  ///
  /// - Parameter number: 1 to 10,000; a part of the same number is replaced.
  /// - Throws: ``S3Error``.
  public func uploadPart(
    _ upload: MultipartUpload, number: Int, body: [UInt8],
    options: S3RequestOptions = S3RequestOptions()
  ) async throws -> CompletedPart {
    try BodyBuffer.check(body.count)
    return try await uploadPart(upload, number: number, buffer: ByteBuffer(bytes: body), options)
  }

  /// Uploads a part.
  func uploadPart(
    _ upload: MultipartUpload, number: Int, buffer: ByteBuffer, _ options: S3RequestOptions
  ) async throws -> CompletedPart {
    var sent = try upload.request(part: number, options: options)
    sent.set(body: buffer, configuration.uploadChecksum)
    let checksum = sent.body.checksum
    let size = buffer.readableBytes
    return try await send(sent, options) { answer throws(S3Error) in
      let result = try PutObjectResult(answer)
      var checksums = result.checksums
      if let checksum { checksums.set(checksum) }
      return CompletedPart(number: number, eTag: result.eTag, checksums: checksums, size: size)
    }
  }

  /// Makes a part of an object, or of a range of one, within S3: nothing of it passes through here.
  ///
  /// Amazon S3 API Reference, "UploadPartCopy".
  ///
  /// - Parameters:
  ///   - number: 1 to 10,000; a part of the same number is replaced.
  ///   - source: What is copied.
  ///   - range: Which of its bytes; nil for all. S3 takes ranges of objects of more than 5 MiB.
  /// - Throws: ``S3Error``: ``S3Error/Code/preconditionFailed`` where the source is another one than
  ///   expected, and others.
  public func uploadPartCopy(
    _ upload: MultipartUpload, number: Int, from source: CopySource, range: Range<Int>? = nil,
    options: S3RequestOptions = S3RequestOptions()
  ) async throws -> CompletedPart {
    var sent = try upload.request(part: number, options: options)
    try sent.set(source)
    if let range { sent.set("x-amz-copy-source-range", try ByteRange.bytes(range).header()) }
    let size = range?.count
    return try await send(sent, options) { answer throws(S3Error) in
      let result = try answer.document(CopyPartResult.self)
      return CompletedPart(
        number: number, eTag: result.eTag, checksums: result.checksums, size: size)
    }
  }
}
