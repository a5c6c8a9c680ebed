extension S3Error {
  /// The error that an answer with a status of 300 or more stands for.
  ///
  /// - Parameters:
  ///   - body: The body, which may be empty (as to HEAD) or something else than S3's document: then
  ///     the status alone gives the code.
  ///   - httpStatus: The status.
  ///   - requestID: The header `x-amz-request-id`, where the body does not say.
  ///   - hostID: The header `x-amz-id-2`, where the body does not say.
  ///   - region: The header `x-amz-bucket-region`, where the body does not say.
  public init(
    body: RawSpan, httpStatus: Int, requestID: String? = nil, hostID: String? = nil,
    region: String? = nil
  ) {
    let document = S3AnswerBody.document(in: body)
    if document.byteCount == 0 {
      self.init(httpStatus: httpStatus, underlying: nil)
    } else {
      do throws(XMLError) {
        var reader = try XMLReader(document)
        let root = try reader.nextChild() ?? ""
        guard root == "Error" else {
          throw XMLError(.unexpectedContent, "The answer is no Error.", at: 0)
        }
        try self.init(reading: &reader, httpStatus: httpStatus)
        _ = try reader.nextChild()
      } catch {
        self.init(httpStatus: httpStatus, underlying: error)
      }
    }
    self.requestID = self.requestID ?? requestID
    self.hostID = self.hostID ?? hostID
    self.region = self.region ?? region
  }

  /// The error that a status alone stands for.
  private init(httpStatus: Int, underlying: XMLError?) {
    let (code, message): (Code, String) =
      switch httpStatus {
      case 301, 308: (.permanentRedirect, "The bucket is elsewhere.")
      case 304: (.notModified, "The object is unchanged.")
      case 307: (Code(rawValue: "TemporaryRedirect"), "The bucket is elsewhere for now.")
      case 400: (Code(rawValue: "BadRequest"), "S3 refuses the request.")
      case 401, 403: (.accessDenied, "Access is denied.")
      case 404: (.notFound, "There is no such object or bucket.")
      case 409: (Code(rawValue: "Conflict"), "Another request is in the way.")
      case 412: (.preconditionFailed, "The condition of the request does not hold.")
      case 416: (.invalidRange, "The range lies outside of the object.")
      case 429: (.slowDown, "There are too many requests.")
      case 500: (.internalError, "S3 failed.")
      case 503: (.serviceUnavailable, "S3 cannot answer now.")
      default: (Code(rawValue: "HTTP\(httpStatus)"), "S3 answered without saying why.")
      }
    self.init(code, message, httpStatus: httpStatus, underlying: underlying)
  }

  /// Reads the children of an `Error` element.
  init(reading reader: inout XMLReader, httpStatus: Int) throws(XMLError) {
    self.init(Code(rawValue: ""), "", httpStatus: httpStatus)
    while let name = try reader.nextChild() {
      guard let text = try reader.readTextIfLeaf() else { continue }
      switch name {
      case "Code": code = Code(rawValue: text)
      case "Message": message = text
      case "Resource": resource = text
      case "RequestId": requestID = text
      case "HostId": hostID = text
      case "Region": region = text
      case "BucketName": bucket = text
      default:
        if additionalElements.count < S3Error.mostAdditionalElements {
          additionalElements[name] = text
        }
      }
    }
    guard !code.rawValue.isEmpty else {
      throw XMLError(.unexpectedContent, "The error has no code.", at: reader.offset)
    }
  }

  /// S3 sends ten at most.
  private static let mostAdditionalElements = 32
}
