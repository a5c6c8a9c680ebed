extension CallContext {
  /// What a copy is made of.
  struct CopySource {
    var bucket: String
    var key: ObjectKey
    var object: StoredObject
  }

  /// The object that `x-amz-copy-source` names, its conditions held.
  func copySource(_ buckets: [String: Bucket]) throws(S3Failure) -> CopySource {
    let text = request.header("x-amz-copy-source") ?? ""
    let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var path = PercentCode.bytes(of: String(halves[0]))[...]
    if path.first == UInt8(ascii: "/") { path = path.dropFirst() }
    guard let slash = path.firstIndex(of: UInt8(ascii: "/")), slash + 1 < path.endIndex else {
      throw .invalidArgument(
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
        "x-amz-copy-source", text)
    }
    if halves.count > 1, halves[1] != "versionId=null" { throw S3Failure(.noSuchVersion) }
    let name = String(decoding: path[..<slash], as: UTF8.self)
    let key = ObjectKey(Array(path[(slash + 1)...]))
    guard let bucket = buckets[name] else { throw S3Failure(.noSuchBucket) }
    if let owner = request.header("x-amz-source-expected-bucket-owner"), owner != bucket.owner {
      throw S3Failure(.accessDenied)
    }
    guard let object = bucket.objects[key] else { throw S3Failure(.noSuchKey) }
    try checkReadConditions(of: object, prefix: "x-amz-copy-source-")
    return CopySource(bucket: name, key: key, object: object)
  }

  /// CopyObject.
  func copyObject(_ bucket: inout Bucket, from source: CopySource) throws(S3Failure) -> ServedAnswer
  {
    let key = try key()
    let replacesMetadata = request.header("x-amz-metadata-directive") == "REPLACE"
    var attributes = try attributes()
    if source.bucket == call.bucket, source.key == key, !replacesMetadata,
      request.header("x-amz-storage-class") == nil,
      request.header("x-amz-server-side-encryption") == nil
    {
      throw .invalidRequest(
        "This copy request is illegal because it is trying to copy an object to itself without "
          + "changing the object's metadata, storage class, website redirect location or "
          + "encryption attributes.")
    }
    try checkWriteConditions(against: bucket.objects[key])
    let old = source.object.attributes
    if !replacesMetadata {
      attributes.metadata = old.metadata
      attributes.contentType = old.contentType
      attributes.contentEncoding = old.contentEncoding
      attributes.cacheControl = old.cacheControl
    }
    if request.header("x-amz-tagging-directive") != "REPLACE" { attributes.tags = old.tags }
    var checksums = source.object.checksums
    if source.object.checksumType != "FULL_OBJECT" {
      checksums = [.crc64nvme: ChecksumAlgorithm.crc64nvme.base64(of: source.object.body)]
    }
    let object = StoredObject(
      body: source.object.body, eTag: Self.eTag(of: source.object.body, attributes),
      lastModified: now, attributes: attributes, checksums: checksums, checksumType: "FULL_OBJECT")
    bucket.put(object, at: key)
    return ServedAnswer(
      200, xml: Self.copyDocument("CopyObjectResult", object.eTag, now, checksums),
      attributes.encryptionHeaders)
  }

  /// The document of an answer to CopyObject or UploadPartCopy.
  static func copyDocument(
    _ element: String, _ eTag: String, _ time: Int64, _ checksums: [ChecksumAlgorithm: String]
  ) -> String {
    "<\(element)>"
      + XMLText.elements([("LastModified", TimeText.xml(time)), ("ETag", eTag)])
      + XMLText.elements(checksums.map { ($0.key.element, $0.value) }) + "</\(element)>"
  }
}
