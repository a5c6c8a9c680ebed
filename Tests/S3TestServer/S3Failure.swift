import NIOHTTP1

/// An error as S3 answers it.
///
/// Amazon S3 API Reference, "Error responses", "List of error codes".
package struct S3Failure: Error, Sendable {
  package var status: Int
  package var code: String
  package var message: String
  /// Further elements of the document.
  package var elements: [(String, String)]
  package var headers: [(String, String)]

  package init(
    _ status: Int, _ code: String, _ message: String, elements: [(String, String)] = [],
    headers: [(String, String)] = []
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.elements = elements
    self.headers = headers
  }

  init(_ known: Known) {
    self.init(known.status, known.code, known.message)
  }

  /// The answer; to HEAD it has no body.
  package func answer(resource: String, requestID: String, toHead isHead: Bool) -> ServedAnswer {
    if status == 304 { return ServedAnswer(304, headers) }
    let document =
      "<Error>"
      + XMLText.elements([("Code", code), ("Message", message)] + elements)
      + XMLText.elements([
        ("Resource", resource), ("RequestId", requestID), ("HostId", "test-server"),
      ]) + "</Error>"
    var answer = ServedAnswer(status, xml: document, headers)
    if isHead { answer.body = [] }
    return answer
  }

  /// Errors that need no further words.
  struct Known {
    let status: Int
    let code: String
    let message: String

    init(_ status: Int, _ code: String, _ message: String) {
      self.status = status
      self.code = code
      self.message = message
    }

    static let accessDenied = Known(403, "AccessDenied", "Access Denied")
    static let badDigest = Known(
      400, "BadDigest",
      "The Content-MD5 or checksum value you specified did not match what we "
        + "received.")
    static let entityTooSmall = Known(
      400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    static let incompleteBody = Known(
      400, "IncompleteBody", "The request body terminated unexpectedly")
    static let invalidDigest = Known(
      400, "InvalidDigest", "The Content-MD5 you specified is not valid.")
    static let invalidPart = Known(
      400, "InvalidPart",
      "One or more of the specified parts could not be found. The part may not "
        + "have been uploaded, or the specified entity tag may not match the part's entity tag.")
    static let invalidPartOrder = Known(
      400, "InvalidPartOrder",
      "The list of parts was not in ascending order. Parts must be ordered "
        + "by part number.")
    static let keyTooLong = Known(400, "KeyTooLongError", "Your key is too long")
    static let malformedXML = Known(
      400, "MalformedXML",
      "The XML you provided was not well-formed or did not validate against "
        + "our published schema")
    static let metadataTooLarge = Known(
      400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
    static let missingContentLength = Known(
      411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    static let noSuchBucket = Known(404, "NoSuchBucket", "The specified bucket does not exist")
    static let noSuchKey = Known(404, "NoSuchKey", "The specified key does not exist.")
    static let noSuchUpload = Known(
      404, "NoSuchUpload",
      "The specified upload does not exist. The upload ID may be invalid, or "
        + "the upload may have been aborted or completed.")
    static let noSuchVersion = Known(
      404, "NoSuchVersion", "The specified version does not exist.")
    static let notImplemented = Known(
      501, "NotImplemented",
      "A header or query you provided implies functionality that is not "
        + "implemented.")
    static let preconditionFailed = Known(
      412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
  }

  /// A request that S3 refuses with a reason of its own.
  static func invalidRequest(_ message: String) -> S3Failure {
    S3Failure(400, "InvalidRequest", message)
  }

  /// A parameter or header with a value that S3 does not take.
  static func invalidArgument(_ message: String, _ name: String, _ value: String) -> S3Failure {
    S3Failure(
      400, "InvalidArgument", message,
      elements: [("ArgumentName", name), ("ArgumentValue", value)])
  }
}
