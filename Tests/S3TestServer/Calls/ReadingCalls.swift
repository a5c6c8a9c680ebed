extension CallContext {
  /// GetObject and HeadObject.
  func getObject(_ bucket: Bucket) throws(S3Failure) -> ServedAnswer {
    let isHead = call.operation == .headObject
    let object = try object(at: try key(), in: bucket)
    try checkReadConditions(of: object)
    guard
      isHead || object.attributes.isRestored
        || !["GLACIER", "DEEP_ARCHIVE"].contains(object.attributes.storageClass)
    else {
      throw S3Failure(
        403, "InvalidObjectState",
        "The operation is not valid for the object's storage class",
        elements: [("StorageClass", object.attributes.storageClass)])
    }
    let range = try request.header("range").flatMap { (text) throws(S3Failure) in
      try Self.range(text, size: object.body.count)
    }
    let wantsChecksums = request.header("x-amz-checksum-mode")?.uppercased() == "ENABLED"
    var headers = object.headers(withChecksums: wantsChecksums && range == nil)
    let body = range.map { Array(object.body[$0]) } ?? object.body
    if let range {
      headers.append(
        (
          "Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(object.body.count)"
        ))
    }
    return ServedAnswer(
      range == nil ? 200 : 206, headers, body: isHead ? [] : body, announcedLength: body.count)
  }

  /// The object at a key, in the version that is asked for.
  func object(
    at key: ObjectKey, in bucket: Bucket
  ) throws(S3Failure) -> StoredObject {
    if let version = request.parameter("versionId"), version != "null" {
      throw S3Failure(.noSuchVersion)
    }
    guard let object = bucket.objects[key] else {
      var failure = S3Failure(.noSuchKey)
      failure.elements = [("Key", key.text)]
      throw failure
    }
    return object
  }

  /// The bytes of a `Range` header (RFC 9110, section 14.2); nil where it is none that S3 honours.
  static func range(_ text: String, size: Int) throws(S3Failure) -> Range<Int>? {
    guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
    let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2 else { return nil }
    let unsatisfiable = S3Failure(
      416, "InvalidRange", "The requested range is not satisfiable",
      elements: [("RangeRequested", text), ("ActualObjectSize", String(size))],
      headers: [("Content-Range", "bytes */\(size)")])
    if ends[0].isEmpty {
      guard let length = Int(ends[1]) else { return nil }
      guard length > 0, size > 0 else { throw unsatisfiable }
      return max(0, size - length)..<size
    }
    guard let first = Int(ends[0]) else { return nil }
    let last: Int
    if ends[1].isEmpty {
      last = size - 1
    } else {
      guard let number = Int(ends[1]), number >= first else { return nil }
      last = min(number, size - 1)
    }
    guard first < size else { throw unsatisfiable }
    return first..<(last + 1)
  }
}
