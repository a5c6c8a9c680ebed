public import NIOCore
internal import Logging

/// How a managed upload goes about it.
public struct UploadSettings: Sendable, Hashable {
  /// The size of parts in bytes, where so many of them are enough; at least 5 MiB.
  public var partSize: Int
  /// How many parts are uploaded at a time; so many are in memory.
  public var partsInFlight: Int
  /// How long the upload may take to be aborted when it has failed.
  public var abortTimeout: Duration
  /// The size of parts that the server wants at least, in bytes.
  var smallestPart = PartPlan.smallestPart

  /// Parts of 8 MiB, 4 at a time, unless said otherwise.
  public init(
    partSize: Int = 8 << 20, partsInFlight: Int = 4, abortTimeout: Duration = .seconds(10)
  ) {
    self.partSize = partSize
    self.partsInFlight = max(1, partsInFlight)
    self.abortTimeout = abortTimeout
  }

  /// Into what parts an object is cut.
  func plan(length: Int?) throws(S3Error) -> PartPlan {
    try PartPlan(length: length, preferredPartSize: partSize, smallestPart: smallestPart)
  }
}

extension S3Client {
  /// Uploads an object from memory: at once where it is small, else in parts side by side.
  ///
  /// The conditions hold for the object as a whole. An upload that fails or is cancelled is aborted.
  ///
  /// - Throws: ``S3Error``, as ``putObject(_:body:options:)`` does.
  @discardableResult
  public func upload(
    _ request: PutObjectRequest, body: [UInt8], settings: UploadSettings = UploadSettings(),
    options: S3RequestOptions = S3RequestOptions()
  ) async throws -> PutObjectResult {
    let plan = try settings.plan(length: body.count)
    let size = plan.size(ofPart: 1)
    if body.count <= size { return try await putObject(request, body: body, options: options) }
    var offset = 0
    return try await upload(request, settings, options) {
      guard offset < body.count else { return nil }
      let part = ByteBuffer(bytes: body[offset..<min(offset + size, body.count)])
      offset += part.readableBytes
      return part
    }
  }

  /// Uploads an object whose bytes come in pieces: at once where it is small, else in parts side by
  /// side.
  ///
  /// Nothing is read more than once: what is to be repeated is kept in memory, which holds
  /// ``UploadSettings/partsInFlight`` parts and the one that is being read. The conditions hold for
  /// the object as a whole. An upload that fails or is cancelled is aborted.
  ///
  /// - Parameters:
  ///   - pieces: The bytes.
  ///   - length: How many there are in all; nil where that is not known.
  /// - Throws: ``S3Error``, ``S3Error/Code/bodyLengthMismatch`` among others, and what the sequence
  ///   throws.
  @discardableResult
  public func upload<Pieces: AsyncSequence & Sendable>(
    _ request: PutObjectRequest, body pieces: Pieces, length: Int?,
    settings: UploadSettings = UploadSettings(), options: S3RequestOptions = S3RequestOptions()
  ) async throws -> PutObjectResult where Pieces.Element == ByteBuffer {
    let plan = try settings.plan(length: length)
    var reader = PartReader(pieces.makeAsyncIterator(), plan)
    var first = try await reader.next()
    if reader.isAtEnd {
      var sent = try put(request, options)
      sent.set(body: first ?? ByteBuffer(), configuration.uploadChecksum)
      return try await send(sent, options) { answer throws(S3Error) in
        try PutObjectResult(answer)
      }
    }
    return try await upload(request, settings, options) {
      if let part = first {
        first = nil
        return part
      }
      return try await reader.next()
    }
  }

  /// Uploads parts as they come.
  private func upload(
    _ request: PutObjectRequest, _ settings: UploadSettings, _ options: S3RequestOptions,
    nextPart: () async throws -> ByteBuffer?
  ) async throws -> PutObjectResult {
    let upload = try await createMultipartUpload(
      bucket: request.bucket, key: request.key, properties: request.properties, options: options)
    do {
      let parts = try await withThrowingTaskGroup(of: CompletedPart.self) { group in
        var parts: [CompletedPart] = []
        var number = 0
        while let part = try await nextPart() {
          if number - parts.count >= settings.partsInFlight, let done = try await group.next() {
            parts.append(done)
          }
          number += 1
          group.addTask { [number] in
            try await self.uploadPart(upload, number: number, buffer: part, options)
          }
        }
        for try await done in group { parts.append(done) }
        return parts
      }
      let result = try await completeMultipartUpload(
        upload, parts: parts, ifMatch: request.ifMatch, ifNoneMatch: request.ifNoneMatch,
        options: options)
      return PutObjectResult(
        eTag: result.eTag, versionID: result.versionID, checksums: result.checksums)
    } catch {
      await abandon(upload, within: settings.abortTimeout, options: options)
      throw error
    }
  }

  /// Aborts an upload that failed or was cancelled, as far as it goes: its parts cost money. What
  /// cannot be removed is left to the bucket's lifecycle.
  package func abandon(
    _ upload: MultipartUpload, within timeout: Duration, options: S3RequestOptions
  ) async {
    var options = options
    options.deadline = .now + timeout
    // A task of its own, since this one may be cancelled, and with it all that it calls. It is
    // awaited, and ends at the deadline.
    let aborting = Task { [options] in
      try await abortMultipartUpload(upload, options: options)
    }
    do {
      try await aborting.value
    } catch {
      logger?.warning(
        "a multipart upload could not be aborted",
        metadata: ["bucket": "\(upload.bucket)", "key": "\(upload.key)", "error": "\(error)"])
    }
  }
}
