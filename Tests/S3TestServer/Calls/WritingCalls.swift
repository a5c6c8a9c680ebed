extension CallContext {
  /// PutObject.
  func putObject(_ bucket: inout Bucket) throws(S3Failure) -> ServedAnswer {
    let key = try key()
    guard request.header("content-length") != nil else { throw S3Failure(.missingContentLength) }
    let attributes = try attributes()
    let checksums = try checkContent()
    try checkWriteConditions(against: bucket.objects[key])
    let object = StoredObject(
      body: content, eTag: Self.eTag(of: content, attributes), lastModified: now,
      attributes: attributes, checksums: checksums, checksumType: "FULL_OBJECT")
    bucket.put(object, at: key)
    return ServedAnswer(
      200, [("ETag", object.eTag)] + object.checksumHeaders + attributes.encryptionHeaders)
  }

  /// DeleteObject: what is not there is deleted, too.
  func deleteObject(_ bucket: inout Bucket) throws(S3Failure) -> ServedAnswer {
    let key = try key()
    if let version = request.parameter("versionId"), version != "null" {
      throw S3Failure(.noSuchVersion)
    }
    if request.header("if-match") != nil { try checkWriteConditions(against: bucket.objects[key]) }
    bucket.remove(key)
    return ServedAnswer(204)
  }

  /// DeleteObjects.
  func deleteObjects(_ bucket: inout Bucket) throws(S3Failure) -> ServedAnswer {
    let checksums = try checkContent(fallback: nil)
    guard request.header("content-md5") != nil || !checksums.isEmpty else {
      throw .invalidRequest(
        "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    }
    let document = try XMLElementNode.parse(content)
    let wanted = document.children.filter { $0.name == "Object" }
    guard document.name == "Delete", (1...1_000).contains(wanted.count) else {
      throw S3Failure(.malformedXML)
    }
    var xml = "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    for object in wanted {
      guard let text = object["Key"], !text.isEmpty else { throw S3Failure(.malformedXML) }
      let key = ObjectKey(text)
      if let eTag = object["ETag"], bucket.objects[key]?.eTag != eTag {
        xml +=
          "<Error>"
          + XMLText.elements([
            ("Key", text), ("Code", "PreconditionFailed"),
            ("Message", "At least one of the pre-conditions you specified did not hold"),
          ]) + "</Error>"
        continue
      }
      bucket.remove(key)
      if document["Quiet"] != "true" {
        xml += "<Deleted>" + XMLText.element("Key", text) + "</Deleted>"
      }
    }
    return ServedAnswer(200, xml: xml + "</DeleteResult>")
  }
}
