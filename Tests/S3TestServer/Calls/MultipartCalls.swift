extension CallContext {
  /// CreateMultipartUpload.
  func createMultipartUpload(_ bucket: inout Bucket) throws(S3Failure) -> ServedAnswer {
    let key = try key()
    var algorithm: ChecksumAlgorithm?
    if let name = request.header("x-amz-checksum-algorithm") {
      guard let known = ChecksumAlgorithm(rawValue: name.uppercased()) else {
        throw .invalidRequest("Checksum algorithm provided is unsupported.")
      }
      algorithm = known
    }
    let type =
      request.header("x-amz-checksum-type")
      ?? (algorithm == nil || algorithm == .crc64nvme ? "FULL_OBJECT" : "COMPOSITE")
    guard type == "COMPOSITE" ? algorithm != .crc64nvme : algorithm?.isLinear != false else {
      throw .invalidRequest(
        "The \(type) checksum type cannot be used with the given checksum algorithm.")
    }
    let upload = StoredUpload(
      key: key, initiated: now, attributes: try attributes(), checksumAlgorithm: algorithm,
      checksumType: type)
    bucket.uploads[uniqueName] = upload
    var headers = upload.attributes.encryptionHeaders
    if let algorithm {
      headers += [("x-amz-checksum-algorithm", algorithm.rawValue), ("x-amz-checksum-type", type)]
    }
    return ServedAnswer(
      200,
      xml: "<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        + XMLText.elements([
          ("Bucket", call.bucket), ("Key", key.text), ("UploadId", uniqueName),
        ]) + "</InitiateMultipartUploadResult>", headers)
  }

  /// The upload that the request names, and its name.
  private func upload(_ bucket: Bucket) throws(S3Failure) -> (String, StoredUpload) {
    let name = request.parameter("uploadId") ?? ""
    guard let upload = bucket.uploads[name], upload.key == call.key else {
      throw S3Failure(.noSuchUpload)
    }
    return (name, upload)
  }

  private func partNumber() throws(S3Failure) -> Int {
    let text = request.parameter("partNumber") ?? ""
    guard let number = Int(text), (1...10_000).contains(number) else {
      throw .invalidArgument(
        "Part number must be an integer between 1 and 10000, inclusive", "partNumber", text)
    }
    return number
  }

  /// UploadPart.
  func uploadPart(_ bucket: inout Bucket) throws(S3Failure) -> ServedAnswer {
    let (name, upload) = try upload(bucket)
    guard request.header("content-length") != nil else { throw S3Failure(.missingContentLength) }
    let checksums = try checkContent(fallback: upload.checksumAlgorithm ?? .crc64nvme)
    if let algorithm = upload.checksumAlgorithm, checksums[algorithm] == nil {
      throw .invalidRequest(
        "Checksum Type mismatch occurred, expected checksum Type: \(algorithm.rawValue)")
    }
    let part = StoredUpload.Part(
      body: content, eTag: Self.eTag(of: content, upload.attributes), checksums: checksums)
    bucket.uploads[name]?.parts[try partNumber()] = part
    return ServedAnswer(
      200,
      [("ETag", part.eTag)] + checksums.map { ($0.key.header, $0.value) }
        + upload.attributes.encryptionHeaders)
  }

  /// UploadPartCopy.
  func uploadPartCopy(
    _ bucket: inout Bucket, from source: CopySource
  ) throws(S3Failure) -> ServedAnswer {
    let (name, upload) = try upload(bucket)
    var body = source.object.body
    if let text = request.header("x-amz-copy-source-range") {
      let ends = text.dropFirst(6).split(separator: "-").map { Int($0) }
      guard text.hasPrefix("bytes="), ends.count == 2, let first = ends[0], let last = ends[1],
        first <= last
      else {
        throw .invalidArgument(
          "The x-amz-copy-source-range value must be of the form bytes=first-last where first and "
            + "last are the zero-based offsets of the first and last bytes to copy",
          "x-amz-copy-source-range", text)
      }
      guard body.count > minimumPartSize else {
        throw .invalidRequest(
          "The specified copy source is not supported as a byte-range copy source")
      }
      guard last < body.count else {
        throw .invalidArgument(
          "Range specified is not valid for source object of size: \(body.count)",
          "x-amz-copy-source-range", text)
      }
      body = Array(body[first...last])
    }
    let algorithm = upload.checksumAlgorithm ?? .crc64nvme
    let part = StoredUpload.Part(
      body: body, eTag: Self.eTag(of: body, upload.attributes),
      checksums: [algorithm: algorithm.base64(of: body)])
    bucket.uploads[name]?.parts[try partNumber()] = part
    return ServedAnswer(
      200,
      xml: Self.copyDocument(
        "CopyPartResult", part.eTag, now, upload.checksumAlgorithm == nil ? [:] : part.checksums),
      upload.attributes.encryptionHeaders)
  }

  /// AbortMultipartUpload.
  func abortMultipartUpload(_ bucket: inout Bucket) throws(S3Failure) -> ServedAnswer {
    let (name, _) = try upload(bucket)
    bucket.uploads[name] = nil
    return ServedAnswer(204)
  }

  /// CompleteMultipartUpload.
  func completeMultipartUpload(_ bucket: inout Bucket) throws(S3Failure) -> ServedAnswer {
    if repeatsCompletions, let document = bucket.completed[request.parameter("uploadId") ?? ""] {
      return ServedAnswer(200, xml: document)
    }
    let (name, upload) = try upload(bucket)
    let parts = try chosenParts(of: upload)
    for part in parts.dropLast() where part.body.count < minimumPartSize {
      var failure = S3Failure(.entityTooSmall)
      failure.elements = [
        ("ProposedSize", String(part.body.count)), ("MinSizeAllowed", String(minimumPartSize)),
      ]
      throw failure
    }
    try checkWriteConditions(against: bucket.objects[upload.key])

    let body = Array(parts.map(\.body).joined())
    if let size = request.header("x-amz-mp-object-size"), size != String(body.count) {
      throw .invalidRequest(
        "The provided 'x-amz-mp-object-size' header value \(size) does not match what was computed")
    }
    let checksum = try checksum(of: body, parts, upload)
    let eTag = Self.eTag(ofParts: parts.map(\.eTag))
    let object = StoredObject(
      body: body, eTag: eTag, lastModified: upload.initiated, attributes: upload.attributes,
      checksums: [checksum.0: checksum.1], checksumType: upload.checksumType)
    bucket.put(object, at: upload.key)
    bucket.uploads[name] = nil
    let document =
      "<CompleteMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      + XMLText.elements([
        (
          "Location",
          "http://\(request.header("host") ?? "")/\(call.bucket)/"
            + PercentCode.encode(upload.key.bytes)
        ),
        ("Bucket", call.bucket), ("Key", upload.key.text), ("ETag", eTag),
        (checksum.0.element, checksum.1), ("ChecksumType", upload.checksumType),
      ]) + "</CompleteMultipartUploadResult>"
    bucket.completed[name] = document
    return ServedAnswer(200, xml: document, upload.attributes.encryptionHeaders)
  }

  /// The parts that the request lists.
  private func chosenParts(of upload: StoredUpload) throws(S3Failure) -> [StoredUpload.Part] {
    let document = try XMLElementNode.parse(content)
    let listed = document.children.filter { $0.name == "Part" }
    guard document.name == "CompleteMultipartUpload", (1...10_000).contains(listed.count) else {
      throw S3Failure(.malformedXML)
    }
    var parts: [StoredUpload.Part] = []
    var previous = 0
    for element in listed {
      guard let number = element["PartNumber"].flatMap({ Int($0) }), let eTag = element["ETag"]
      else { throw S3Failure(.malformedXML) }
      guard number > previous else { throw S3Failure(.invalidPartOrder) }
      previous = number
      guard let part = upload.parts[number],
        part.eTag.filter({ $0 != "\"" }) == eTag.filter({ $0 != "\"" })
      else { throw S3Failure(.invalidPart) }
      for algorithm in ChecksumAlgorithm.allCases {
        if let sent = element[algorithm.element], part.checksums[algorithm] != sent {
          throw S3Failure(.invalidPart)
        }
      }
      if upload.checksumType == "COMPOSITE", let algorithm = upload.checksumAlgorithm,
        element[algorithm.element] == nil
      {
        throw .invalidRequest(
          "The upload was created using a \(algorithm.rawValue) checksum. The complete request must "
            + "include the checksum for each part.")
      }
      parts.append(part)
    }
    return parts
  }

  /// The checksum of the whole, held against the one that the request carries.
  private func checksum(
    of body: [UInt8], _ parts: [StoredUpload.Part], _ upload: StoredUpload
  ) throws(S3Failure) -> (ChecksumAlgorithm, String) {
    let algorithm = upload.checksumAlgorithm ?? .crc64nvme
    var value = algorithm.base64(of: body)
    if upload.checksumType == "COMPOSITE" {
      let digests = parts.flatMap { algorithm.bytes(ofBase64: $0.checksums[algorithm] ?? "") }
      value = algorithm.base64(of: digests) + "-\(parts.count)"
    }
    if let sent = request.header(algorithm.header), sent != value {
      throw S3Failure(.badDigest)
    }
    return (algorithm, value)
  }
}
