/// An answer of S3's whose body is an XML document.
protocol S3Answer {
  /// The name of the document's element.
  static var rootElement: String { get }
  /// The names that servers other than S3 give it.
  static var otherRootElements: [String] { get }

  /// Reads the children of the document's element, which has just begun.
  init(reading reader: inout XMLReader) throws(XMLError)
}

extension S3Answer {
  static var otherRootElements: [String] { [] }

  /// Reads the body of an answer.
  ///
  /// - Throws: ``S3Error``: the one in the body, if S3 began with 200 and then failed, or
  ///   ``S3Error/Code/invalidAnswer``.
  init(body: RawSpan, httpStatus: Int) throws(S3Error) {
    let document = S3AnswerBody.document(in: body)
    let outcome: Result<Self, S3Error>
    do throws(XMLError) {
      var reader = try S3AnswerBody.reader(of: document)
      let root = try reader.nextChild() ?? ""
      if root == "Error" {
        outcome = .failure(try S3Error(reading: &reader, httpStatus: httpStatus))
      } else if root == Self.rootElement || Self.otherRootElements.contains(root) {
        outcome = .success(try Self(reading: &reader))
        // What follows the document's element is checked, too.
        _ = try reader.nextChild()
      } else {
        throw XMLError(
          .unexpectedContent, "The answer is no \(Self.rootElement).", at: 0)
      }
    } catch {
      if let failure = try? S3Error.read(document, httpStatus: httpStatus) { throw failure }
      throw S3Error(
        .invalidAnswer, "The answer cannot be read.", httpStatus: httpStatus, underlying: error)
    }
    self = try outcome.get()
  }
}

/// The bodies of S3's answers.
enum S3AnswerBody {
  /// The document in a body, which is what follows leading white space: S3 sends some to keep the
  /// connection open while it completes an upload or copies an object.
  @_lifetime(copy body)
  static func document(in body: RawSpan) -> RawSpan {
    var start = 0
    while start < body.byteCount, XMLCharacters.isWhiteSpace(body.byte(at: start)) { start += 1 }
    return body.extracting(start..<body.byteCount)
  }

  /// A reader of a document of S3's. A key may hold control characters, which S3 writes as
  /// references although XML 1.0 does not allow them.
  @_lifetime(copy document)
  static func reader(of document: RawSpan) throws(XMLError) -> XMLReader {
    try XMLReader(document, allowsControlReferences: true)
  }
}
