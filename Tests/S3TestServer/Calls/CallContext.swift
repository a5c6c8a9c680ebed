/// What every call needs to know beside the state.
struct CallContext {
  var request: ServedRequest
  var call: S3Call
  /// The content, out of its chunks.
  var content: [UInt8]
  /// What came behind the chunks, by name in lower case.
  var trailer: [String: String]
  /// The server's time in seconds since 1970.
  var now: Int64
  /// For all parts of a multipart upload but the last.
  var minimumPartSize: Int
  /// Whether completing an upload again is answered as the first time.
  var repeatsCompletions: Bool
  /// A name that no other request gets.
  var uniqueName: String

  func key() throws(S3Failure) -> ObjectKey {
    guard let key = call.key else { throw S3Failure(.noSuchKey) }
    guard key.bytes.count <= 1_024 else { throw S3Failure(.keyTooLong) }
    guard String(validating: key.bytes, as: UTF8.self) != nil else {
      throw S3Failure(400, "InvalidURI", "Couldn't parse the specified URI.")
    }
    return key
  }

  /// A header, or what the trailer says in its place.
  func headerOrTrailer(_ name: String) -> String? {
    request.header(name) ?? trailer[name.lowercased()]
  }

  /// Holds `If-Match` and `If-None-Match` of a write against what is there.
  ///
  /// Amazon S3 User Guide, "How to prevent object overwrites with conditional writes".
  func checkWriteConditions(against existing: StoredObject?) throws(S3Failure) {
    if let wanted = request.header("if-none-match") {
      guard wanted == "*" else { throw S3Failure(.notImplemented) }
      if existing != nil { throw conditionFailed("If-None-Match") }
    }
    if let wanted = request.header("if-match") {
      guard let existing else { throw S3Failure(.noSuchKey) }
      if !Self.matches(wanted, existing.eTag) { throw conditionFailed("If-Match") }
    }
  }

  /// Holds the conditions of a read against what is there; the headers' names begin with `prefix`.
  func checkReadConditions(
    of object: StoredObject, prefix: String = ""
  ) throws(S3Failure) {
    if let wanted = request.header(prefix + "if-match"), !Self.matches(wanted, object.eTag) {
      throw conditionFailed(prefix.isEmpty ? "If-Match" : prefix + "If-Match")
    }
    if let wanted = request.header(prefix + "if-none-match"), Self.matches(wanted, object.eTag) {
      guard prefix.isEmpty else { throw conditionFailed(prefix + "If-None-Match") }
      throw S3Failure(
        304, "NotModified", "",
        headers: [("ETag", object.eTag), ("Last-Modified", TimeText.http(object.lastModified))])
    }
  }

  private func conditionFailed(_ condition: String) -> S3Failure {
    var failure = S3Failure(.preconditionFailed)
    failure.elements = [("Condition", condition)]
    return failure
  }

  /// Whether one of the ETags of a header, with or without quotes, is this one.
  private static func matches(_ wanted: String, _ eTag: String) -> Bool {
    if wanted == "*" { return true }
    let plain = eTag.filter { $0 != "\"" }
    return wanted.split(separator: ",").contains {
      $0.filter { $0 != "\"" && $0 != " " } == plain
    }
  }
}
