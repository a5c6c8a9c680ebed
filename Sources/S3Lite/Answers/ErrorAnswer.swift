extension S3Error {
  /// The error that an answer with a status of 300 or more stands for.
  ///
  /// - Parameters:
  ///   - body: The body, which may be empty (as to HEAD) or something else than S3's document: then
  ///     the status alone gives the code. Of a document that is damaged or cut off behind the code,
  ///     what stands before is taken.
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
        self = try S3Error.read(document, httpStatus: httpStatus)
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

  /// The error in a document of S3's, as far as the document can be read.
  ///
  /// - Throws: ``XMLError`` where it gives no code.
  static func read(_ document: RawSpan, httpStatus: Int) throws(XMLError) -> S3Error {
    do throws(XMLError) {
      var reader = try S3AnswerBody.reader(of: document)
      return try read(&reader, httpStatus: httpStatus)
    } catch {
      guard error.code == .invalidCharacter else { throw error }
      // The reader refuses such a document before it has read anything. Without the byte and all
      // that follows it, it is one that was cut off.
      var reader = try S3AnswerBody.reader(of: document.extracting(0..<error.offset))
      var failure = try read(&reader, httpStatus: httpStatus)
      failure.underlying = error
      return failure
    }
  }

  private static func read(
    _ reader: inout XMLReader, httpStatus: Int
  ) throws(XMLError) -> S3Error {
    guard try reader.nextChild() == "Error" else {
      throw XMLError(.unexpectedContent, "The answer is no Error.", at: 0)
    }
    return try S3Error(reading: &reader, httpStatus: httpStatus)
  }

  /// Reads what is left of a document whose `Error` element has just begun.
  ///
  /// What cannot be read costs itself and what stands behind it, but not the code, which decides
  /// whether the request is sent again. ``underlying`` then says what is wrong.
  ///
  /// - Throws: ``XMLError`` where there is no code.
  init(reading reader: inout XMLReader, httpStatus: Int) throws(XMLError) {
    self.init(Code(rawValue: ""), "", httpStatus: httpStatus)
    do throws(XMLError) {
      while let name = try reader.nextChild() {
        guard let text = try reader.readTextIfLeaf() else { continue }
        take(text, of: name)
      }
      // What follows the document's element is checked, too.
      _ = try reader.nextChild()
    } catch {
      if code.rawValue.isEmpty { throw error }
      underlying = error
    }
    guard !code.rawValue.isEmpty else {
      throw XMLError(.unexpectedContent, "The error has no code.", at: reader.offset)
    }
  }

  private mutating func take(_ text: String, of element: String) {
    // An element without text says nothing that a header might not say.
    let something = text.isEmpty ? nil : text
    switch element {
    case "Code": code = Code(rawValue: text)
    case "Message": message = text
    case "Resource": resource = something
    case "RequestId": requestID = something
    case "HostId": hostID = something
    case "Region": region = something
    case "BucketName": bucket = something
    default:
      if additionalElements.count < S3Error.mostAdditionalElements {
        additionalElements[element] = text
      }
    }
  }

  /// S3 sends ten at most.
  private static let mostAdditionalElements = 32
}
