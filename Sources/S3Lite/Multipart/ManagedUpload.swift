public import NIOCore
internal import Logging
import Synchronization

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
  /// The conditions hold for the object as a whole, and so does the deadline of the options. An upload
  /// that fails or is cancelled is aborted.
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
    return try await withDeadline(of: request, options) { progress, options in
      var offset = 0
      return try await self.upload(request, settings, options, progress) {
        guard offset < body.count else { return nil }
        let part = ByteBuffer(bytes: body[offset..<min(offset + size, body.count)])
        offset += part.readableBytes
        return part
      }
    }
  }

  /// Uploads an object whose bytes come in pieces: at once where it is small, else in parts side by
  /// side.
  ///
  /// Nothing is read more than once: what is to be repeated is kept in memory, which holds
  /// ``UploadSettings/partsInFlight`` parts and the one that is being read. The conditions hold for
  /// the object as a whole. So does the deadline of the options, whether it is S3 or the pieces that
  /// are waited for. An upload that fails or is cancelled is aborted.
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
    return try await withDeadline(of: request, options) { progress, options in
      var reader = PartReader(pieces.makeAsyncIterator(), plan)
      var first = try await reader.next()
      if reader.isAtEnd {
        var sent = try self.put(request, options)
        sent.set(body: first ?? ByteBuffer(), self.configuration.uploadChecksum)
        progress.isDecided.store(true, ordering: .relaxed)
        return try await self.send(sent, options) { answer throws(S3Error) in
          try PutObjectResult(answer)
        }
      }
      return try await self.upload(request, settings, options, progress) {
        if let part = first {
          first = nil
          return part
        }
        return try await reader.next()
      }
    }
  }

  /// How far an upload has come.
  private final class UploadProgress: Sendable {
    /// Whether the request that makes the object has been sent, or may have been.
    let isDecided = Atomic(false)
  }

  /// Runs an upload, and cancels it when the deadline of its options passes, which is that of the
  /// whole and of no single request.
  private func withDeadline(
    of request: PutObjectRequest, _ options: S3RequestOptions,
    _ upload: @escaping @Sendable (UploadProgress, S3RequestOptions) async throws -> PutObjectResult
  ) async throws -> PutObjectResult {
    let progress = UploadProgress()
    guard let deadline = options.deadline else { return try await upload(progress, options) }
    var single = options
    single.deadline = nil
    return try await withDeadline(
      deadline, of: AnswerOrigin(bucket: request.bucket, key: request.key),
      mayHaveSucceeded: { progress.isDecided.load(ordering: .relaxed) }
    ) { [single] in try await upload(progress, single) }
  }

  /// Uploads parts as they come.
  private func upload(
    _ request: PutObjectRequest, _ settings: UploadSettings, _ options: S3RequestOptions,
    _ progress: UploadProgress, nextPart: () async throws -> ByteBuffer?
  ) async throws -> PutObjectResult {
    let upload = try await beginMultipartUpload(
      bucket: request.bucket, key: request.key, properties: request.properties, options: options,
      patience: settings.abortTimeout)
    do {
      try Task.checkCancellation()
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
      progress.isDecided.store(true, ordering: .relaxed)
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

  /// Begins a multipart upload. Where the task is cancelled meanwhile, the answer is waited for a
  /// while longer: without the upload's ID nobody could abort it. Whoever calls this looks then
  /// whether it is cancelled.
  package func beginMultipartUpload(
    bucket: String, key: String, properties: ObjectProperties = ObjectProperties(),
    options: S3RequestOptions, patience: Duration
  ) async throws -> MultipartUpload {
    try Task.checkCancellation()
    let (cancelled, cancellation) = AsyncStream.makeStream(of: Void.self)
    // A task of its own, to which no cancellation comes. It is awaited.
    let beginning = Task {
      try await withThrowingTaskGroup(of: MultipartUpload.self) { group in
        group.addTask {
          try await self.createMultipartUpload(
            bucket: bucket, key: key, properties: properties, options: options)
        }
        group.addTask {
          for await _ in cancelled {}
          try await Task.sleep(for: patience)
          throw CancellationError()
        }
        defer { group.cancelAll() }
        guard let upload = try await group.next() else { throw CancellationError() }
        return upload
      }
    }
    return try await withTaskCancellationHandler {
      try await beginning.value
    } onCancel: {
      cancellation.finish()
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
