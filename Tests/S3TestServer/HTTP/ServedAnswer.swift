package import NIOHTTP1

/// What the server says to a request.
package struct ServedAnswer: Sendable {
  package var status: Int
  package var headers: HTTPHeaders
  package var body: [UInt8]
  /// The length that is announced where it is not the body's: to HEAD.
  package var announcedLength: Int?

  package init(
    _ status: Int, _ headers: [(String, String)] = [], body: [UInt8] = [],
    announcedLength: Int? = nil
  ) {
    self.status = status
    self.headers = HTTPHeaders(headers)
    self.body = body
    self.announcedLength = announcedLength
  }

  /// An answer with an XML document.
  package init(_ status: Int, xml: String, _ headers: [(String, String)] = []) {
    self.init(
      status, [("Content-Type", "application/xml")] + headers,
      body: Array(("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml).utf8))
  }
}
