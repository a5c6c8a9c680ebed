internal import NIOCore
internal import NIOHTTP1

extension S3Client {
  /// Makes the object of the parts.
  ///
  /// Where the checksum and the size of every part are known, that of the whole object is combined
  /// from them and sent along, so that S3 refuses the upload if it has other bytes.
  ///
  /// Amazon S3 API Reference, "CompleteMultipartUpload".
  ///
  /// - Parameters:
  ///   - parts: The parts, in any order.
  ///   - ifMatch: Only if the object there has this ETag, with or without its quotes.
  ///   - ifNoneMatch: `*`: only if there is no object there yet.
  /// - Throws: ``S3Error``: ``S3Error/Code/preconditionFailed``,
  ///   ``S3Error/Code/conditionalRequestConflict`` (the upload must be made anew),
  ///   ``S3Error/Code/noSuchUpload``, and others.
  @discardableResult
  public func completeMultipartUpload(
    _ upload: MultipartUpload, parts: [CompletedPart], ifMatch: String? = nil,
    ifNoneMatch: String? = nil, options: S3RequestOptions = S3RequestOptions()
  ) async throws -> CompleteMultipartUploadResult {
    var sent = try upload.request(.POST, options: options)
    sent.set("If-Match", eTag: ifMatch)
    sent.set("If-None-Match", eTag: ifNoneMatch)
    sent.set("Content-Type", "application/xml")
    let parts = parts.sorted { $0.number < $1.number }
    if let checksum = CompletedParts.checksum(of: parts, configuration.uploadChecksum) {
      sent.set(checksum.header, checksum.value)
      sent.set("x-amz-checksum-type", "FULL_OBJECT")
    }
    // That checksum is the object's, not this document's, whose SHA-256 is signed instead.
    let document = try CompletedParts.document(parts)
    sent.body = .bytes(ByteBuffer(bytes: document), checksum: nil)
    return try await send(sent, options) { answer throws(S3Error) in
      var result = try answer.document(CompleteMultipartUploadResult.self)
      result.versionID = VersionID.read(answer.headers)
      return result
    }
  }
}

extension S3Client {
  /// Looks whether what is there is the object that parts make: by its size, the checksum of the
  /// whole and the number of parts. For an upload whose completion may have happened.
  ///
  /// - Returns: Nil where it is another object or none.
  /// - Throws: ``S3Error`` where nobody can look, or no checksum shows which one it is.
  package func object(
    madeOf parts: [CompletedPart], by upload: MultipartUpload, options: S3RequestOptions
  ) async throws -> ObjectAttributes? {
    let parts = parts.sorted { $0.number < $1.number }
    do {
      let there = try await headObject(
        HeadObjectRequest(bucket: upload.bucket, key: upload.key), options: options)
      guard there.size == parts.reduce(0, { $0 + ($1.size ?? 0) }),
        there.eTag?.hasSuffix("-\(parts.count)\"") == true
      else { return nil }
      let found =
        switch configuration.uploadChecksum {
        case .crc64nvme: there.checksums.crc64nvme
        case .crc32c: there.checksums.crc32c
        case .none: nil as String?
        }
      guard let found,
        let checksum = CompletedParts.checksum(of: parts, configuration.uploadChecksum)
      else {
        var error = S3Error(
          .invalidAnswer, "No checksum shows whether the object is the one that was uploaded.",
          bucket: upload.bucket)
        error.mayHaveSucceeded = true
        throw error
      }
      return found == checksum.value ? there : nil
    } catch let error as S3Error where error.code == .notFound {
      return nil
    }
  }
}

/// The parts as CompleteMultipartUpload wants them.
enum CompletedParts {
  /// The document that is sent for parts in their order.
  ///
  /// - Throws: ``S3Error/Code/invalidRequest``.
  static func document(_ parts: [CompletedPart]) throws(S3Error) -> [UInt8] {
    guard let first = parts.first, let last = parts.last, first.number >= 1,
      last.number <= PartPlan.mostParts
    else {
      throw S3Error(
        .invalidRequest, "An upload is completed with at least one part, numbered 1 to 10,000.")
    }
    for (part, next) in zip(parts, parts.dropFirst()) where part.number == next.number {
      throw S3Error(.invalidRequest, "Part \(part.number) is there twice.")
    }
    var writer = XMLWriter(root: "CompleteMultipartUpload")
    for part in parts {
      writer.begin("Part")
      guard writer.add("PartNumber", String(part.number)),
        writer.add("ETag", ETag.quoted(part.eTag)),
        // Other clients' uploads have parts with checksums that this one sends none of.
        writer.add("ChecksumCRC32", part.checksums.crc32),
        writer.add("ChecksumCRC32C", part.checksums.crc32c),
        writer.add("ChecksumCRC64NVME", part.checksums.crc64nvme),
        writer.add("ChecksumSHA1", part.checksums.sha1),
        writer.add("ChecksumSHA256", part.checksums.sha256)
      else {
        throw S3Error(.invalidRequest, "Part \(part.number) holds a control character.")
      }
      writer.end()
    }
    writer.end()
    return writer.bytes
  }

  /// The checksum of the object, combined from those of the parts in their order; nil where one of
  /// them or its size is not known.
  static func checksum(
    of parts: [CompletedPart], _ algorithm: S3UploadChecksum
  ) -> S3Checksum? {
    switch algorithm {
    case .none: return nil
    case .crc64nvme:
      var whole = CRC64NVME()
      for part in parts {
        guard let checksum = part.checksums.crc64nvme.flatMap({ CRC64NVME(base64: $0) }),
          let size = part.size
        else { return nil }
        whole.append(checksum, byteCount: size)
      }
      return RunningChecksum.crc64nvme(whole).checksum
    case .crc32c:
      var whole = CRC32C()
      for part in parts {
        guard let checksum = part.checksums.crc32c.flatMap({ CRC32C(base64: $0) }),
          let size = part.size
        else { return nil }
        whole.append(checksum, byteCount: size)
      }
      return RunningChecksum.crc32c(whole).checksum
    }
  }
}
