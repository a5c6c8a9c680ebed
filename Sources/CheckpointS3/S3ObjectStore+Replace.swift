public import CheckpointCore
import S3Lite

extension S3ObjectStore {
  /// See ``ObjectStore/replace(_:version:with:)``. What is kept is copied within S3, as far as its
  /// size allows.
  public func replace(
    _ key: String, version: ETag, with pieces: [ObjectPiece]
  ) async throws -> ETag {
    let plan = ReplacementPlan(pieces)
    guard !plan.copiesNothing else {
      let bytes = try await download(pieces, of: key, version)
      return try await put(key, bytes: bytes, condition: .ifMatch(version))
    }
    return try await translating(key, .ifMatch(version)) {
      let upload = try await client.beginMultipartUpload(
        bucket: bucket, key: prefix + key, options: options, patience: Self.abortTimeout)
      do {
        try Task.checkCancellation()
        let parts = try await make(plan.parts, of: upload, from: key, version)
        return try await complete(upload, parts, version)
      } catch {
        await client.abandon(upload, within: Self.abortTimeout, options: options)
        throw error
      }
    }
  }

  /// How long an upload may take to be aborted.
  private static let abortTimeout = Duration.seconds(10)

  /// Makes the new version of its parts.
  private func complete(
    _ upload: MultipartUpload, _ parts: [CompletedPart], _ version: ETag
  ) async throws -> ETag {
    do {
      let result = try await client.completeMultipartUpload(
        upload, parts: parts, ifMatch: version.rawValue, options: options)
      return ETag(quoted: result.eTag)
    } catch let error as S3Error where error.mayHaveSucceeded {
      // An answer was lost. What is in the way of the next attempt may be this very version, and the
      // upload may be gone because it has become it.
      guard
        [.preconditionFailed, .conditionalRequestConflict, .noSuchUpload].contains(error.code),
        let made = try await client.object(madeOf: parts, by: upload, options: options),
        let eTag = made.eTag
      else { throw error }
      return ETag(quoted: eTag)
    }
  }

  /// How many parts are on their way at once; each holds 16 MiB at most.
  private static let partsInFlight = 4

  private func make(
    _ parts: [ReplacementPlan.Part], of upload: MultipartUpload, from key: String, _ version: ETag
  ) async throws -> [CompletedPart] {
    try await withThrowingTaskGroup(of: CompletedPart.self) { group in
      var completed: [CompletedPart] = []
      for (index, part) in parts.enumerated() {
        if index >= Self.partsInFlight, let done = try await group.next() {
          completed.append(done)
        }
        group.addTask {
          try await make(part, number: index + 1, of: upload, from: key, version)
        }
      }
      for try await done in group { completed.append(done) }
      return completed
    }
  }

  private func make(
    _ part: ReplacementPlan.Part, number: Int, of upload: MultipartUpload, from key: String,
    _ version: ETag
  ) async throws -> CompletedPart {
    switch part {
    case .copied(let range):
      return try await client.uploadPartCopy(
        upload, number: number,
        from: CopySource(bucket: bucket, key: prefix + key, ifMatch: version.rawValue),
        range: range, options: options)
    case .uploaded(let pieces):
      return try await client.uploadPart(
        upload, number: number, body: try await download(pieces, of: key, version),
        options: options)
    }
  }

  /// Brings pieces together here.
  private func download(
    _ pieces: [ObjectPiece], of key: String, _ version: ETag
  ) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pieces.reduce(0) { $0 + $1.count })
    for piece in pieces {
      switch piece {
      case .bytes(let new): bytes.append(contentsOf: new)
      case .range(let range):
        if range.isEmpty { continue }
        let kept = try await translating(key, .ifMatch(version)) {
          try await client.getObject(
            GetObjectRequest(
              bucket: bucket, key: prefix + key, range: .bytes(range), ifMatch: version.rawValue),
            limit: range.count, options: options
          ).body
        }
        guard kept.count == range.count else {
          throw ObjectStoreError(
            .unavailable, key: key,
            "\"\(key)\" has no bytes from \(range.lowerBound) up to \(range.upperBound).")
        }
        bytes.append(contentsOf: kept)
      }
    }
    return bytes
  }
}
