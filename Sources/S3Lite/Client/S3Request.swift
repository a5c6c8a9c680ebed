internal import NIOCore
internal import NIOHTTP1

/// A request to S3, as its call describes it: not addressed and not signed yet.
struct S3Request: Sendable {
  /// The method.
  var method: HTTPMethod
  /// The bucket.
  var bucket: String
  /// The key, or nil for the bucket itself.
  var key: String?
  /// The query's parameters.
  var query: [QueryItem] = []
  /// The header fields that belong to the call.
  var headers: [HTTPHeader] = []
  /// The body.
  var body: S3RequestBody = .none
  /// How many bytes the body of a good answer may have; as many as an XML document may have.
  var answerLimit = XMLLimits().documentSize
  /// How many bytes the body of a good answer has at most by what was asked for; nil where that does
  /// not say.
  var answerSize: Int?
  /// Whether the body of a good answer is read in pieces.
  var streamsAnswer = false
  /// When a body that is read in pieces must have been received.
  var streamDeadline: NIODeadline?

  init(
    _ method: HTTPMethod, bucket: String, key: String?, options: S3RequestOptions
  ) throws(S3Error) {
    self.method = method
    self.bucket = bucket
    self.key = key
    if let key, key.isEmpty {
      throw S3Error(.invalidRequest, "The key is empty.", bucket: bucket)
    }
    if let owner = options.expectedBucketOwner {
      headers.append(HTTPHeader("x-amz-expected-bucket-owner", owner))
    }
    if options.requesterPays { headers.append(HTTPHeader("x-amz-request-payer", "requester")) }
  }

  /// Whether the request may change something.
  var isChange: Bool { method != .GET && method != .HEAD }

  /// Adds a header field where there is a value.
  mutating func set(_ name: String, _ value: String?) {
    if let value { headers.append(HTTPHeader(name, value)) }
  }

  /// Adds a parameter where there is a value.
  mutating func set(query name: String, _ value: String?) {
    if let value { query.append(QueryItem(name, value)) }
  }

  /// Adds a condition on an ETag, which is sent in quotes whether it came in some or not; `*` stands
  /// for any.
  mutating func set(_ name: String, eTag: String?) {
    if let eTag { headers.append(HTTPHeader(name, ETag.quoted(eTag))) }
  }
}

/// The body of a request.
enum S3RequestBody: Sendable {
  /// None.
  case none
  /// Bytes, which can be sent again.
  case bytes(ByteBuffer, checksum: S3Checksum?)
  /// Pieces, with the checksum that follows them in a trailer.
  case stream(RequestStream, trailer: RunningChecksum?)

  /// The checksum that is sent in the header.
  var checksum: S3Checksum? {
    if case .bytes(_, let checksum) = self { checksum } else { nil }
  }

  /// Whether it comes in pieces.
  var isStream: Bool {
    if case .stream = self { true } else { false }
  }

  /// Whether it can be sent (again).
  var canBeSent: Bool {
    if case .stream(let pieces, _) = self { pieces.canBeSent } else { true }
  }
}

/// Bodies in one buffer.
enum BodyBuffer {
  /// The most bytes that a buffer holds: its indices have 32 bits.
  static let capacity = Int(UInt32.max)

  /// Checks that so many bytes fit into one buffer.
  ///
  /// - Throws: ``S3Error/Code/invalidRequest``.
  static func check(_ count: Int) throws(S3Error) {
    guard count <= capacity else {
      throw S3Error(
        .invalidRequest,
        "A body of \(count) bytes is too large to be sent from memory at once, which is less than "
          + "4 GiB. Upload it in parts.")
    }
  }
}

/// ETags as conditions hold them.
enum ETag {
  /// The ETag in quotes, as RFC 9110 wants it (section 8.8.3).
  static func quoted(_ text: String) -> String {
    let utf8 = text.utf8
    let hasQuotes =
      utf8.count >= 2 && utf8.first == UInt8(ascii: "\"") && utf8.last == UInt8(ascii: "\"")
    return hasQuotes || text == "*" || text.utf8.starts(with: "W/\"".utf8) ? text : "\"\(text)\""
  }
}
