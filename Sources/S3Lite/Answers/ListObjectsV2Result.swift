/// What a listing says of an object.
public struct S3ObjectSummary: Sendable, Hashable {
  /// The key, decoded.
  public var key: String
  /// When it was last modified, in microseconds since 1970-01-01T00:00:00Z. S3 gives whole seconds.
  public var lastModified: Int64
  /// The version's ETag, with its quotes, as If-Match wants it.
  public var eTag: String?
  /// The size in bytes.
  public var size: Int
  /// The storage class, such as `STANDARD` or `GLACIER`.
  public var storageClass: String?
  /// Whether the object, which lies in an archive class, can be read for now because it was restored.
  /// False, too, where the request did not ask for it.
  public var isRestored = false
}

/// A page of a listing: the answer to ListObjectsV2.
///
/// Amazon S3 API Reference, "ListObjectsV2", response syntax.
public struct ListObjectsV2Result: Sendable, Hashable {
  /// The bucket.
  public var name: String?
  /// The prefix that was asked for, decoded.
  public var prefix: String?
  /// The delimiter that was asked for, decoded.
  public var delimiter: String?
  /// The key after which the listing began, decoded.
  public var startAfter: String?
  /// How many keys and common prefixes a page holds at most.
  public var maxKeys: Int?
  /// How many keys and common prefixes this page holds.
  public var keyCount: Int?
  /// The token that this page was asked for with.
  public var continuationToken: String?
  /// The token to ask for the next page with; there is one if and only if ``isTruncated``.
  public var nextContinuationToken: String?
  /// Whether there are more pages.
  public var isTruncated: Bool
  /// The objects, in the order of the UTF-8 bytes of their keys.
  public var contents: [S3ObjectSummary]
  /// What keys have in common up to the delimiter, decoded.
  public var commonPrefixes: [String]
  /// The server's time when it answered (the header `Date`), in microseconds since
  /// 1970-01-01T00:00:00Z.
  public var date: Int64?

  /// Reads the body of an answer.
  ///
  /// Keys are percent-decoded if the answer says that they are encoded (`EncodingType`).
  ///
  /// - Throws: ``S3Error``: the one in the body, or ``S3Error/Code/invalidAnswer`` where it is not a
  ///   whole and consistent listing.
  public init(body: RawSpan) throws(S3Error) {
    try self.init(body: body, httpStatus: 200)
  }
}

extension ListObjectsV2Result: S3Answer {
  static var rootElement: String { "ListBucketResult" }

  init(reading reader: inout XMLReader) throws(XMLError) {
    contents = []
    commonPrefixes = []
    var isTruncated: Bool?
    var encoding: String?
    contents.reserveCapacity(1_000)
    while try reader.readChild() {
      // Nearly all are objects, which are told without making a text of the name.
      if reader.isNamed("Contents") {
        contents.append(try S3ObjectSummary(reading: &reader))
        continue
      }
      switch reader.localName {
      case "CommonPrefixes":
        while let name = try reader.nextChild() {
          if name == "Prefix" {
            commonPrefixes.append(try reader.readText())
          } else {
            try reader.skip()
          }
        }
      case "Name": self.name = try reader.readText()
      case "Prefix": prefix = try reader.readText()
      case "Delimiter": delimiter = try reader.readText()
      case "StartAfter": startAfter = try reader.readText()
      case "MaxKeys": maxKeys = try reader.readNumber()
      case "KeyCount": keyCount = try reader.readNumber()
      case "ContinuationToken": continuationToken = try reader.readText()
      case "NextContinuationToken": nextContinuationToken = try reader.readText()
      case "IsTruncated": isTruncated = try reader.readBoolean()
      case "EncodingType": encoding = try reader.readText()
      default: try reader.skip()
      }
    }
    guard let isTruncated else {
      throw XMLError(
        .unexpectedContent, "The listing does not say whether it is truncated.", at: reader.offset)
    }
    // A page taken for the last one would lose all that follows.
    guard !isTruncated || nextContinuationToken?.isEmpty == false else {
      throw XMLError(
        .unexpectedContent, "The listing is truncated, and has no token to go on with.",
        at: reader.offset)
    }
    self.isTruncated = isTruncated
    // The encoding may be named behind the keys.
    switch encoding {
    case nil, "": break
    case "url": try decode(at: reader.offset)
    default:
      throw XMLError(
        .unexpectedContent, "The keys are encoded otherwise than by url.", at: reader.offset)
    }
  }

  private mutating func decode(at offset: Int) throws(XMLError) {
    for index in contents.indices where PercentEncoding.isEncoded(contents[index].key) {
      contents[index].key = try Self.decode(contents[index].key, at: offset)
    }
    for index in commonPrefixes.indices {
      commonPrefixes[index] = try Self.decode(commonPrefixes[index], at: offset)
    }
    if let text = prefix { prefix = try Self.decode(text, at: offset) }
    if let text = delimiter { delimiter = try Self.decode(text, at: offset) }
    if let text = startAfter { startAfter = try Self.decode(text, at: offset) }
  }

  private static func decode(_ text: String, at offset: Int) throws(XMLError) -> String {
    guard let decoded = PercentEncoding.decodeForm(text) else {
      throw XMLError(.unexpectedContent, "A key is not properly percent-encoded.", at: offset)
    }
    return decoded
  }
}

extension S3ObjectSummary {
  /// Reads the children of a `Contents` element.
  init(reading reader: inout XMLReader) throws(XMLError) {
    var key: String?
    var lastModified: Int64?
    var size: Int?
    while try reader.readChild() {
      if reader.isNamed("Key") {
        key = try reader.readText()
      } else if reader.isNamed("LastModified") {
        lastModified = try reader.readTime()
      } else if reader.isNamed("ETag") {
        eTag = try reader.readText()
      } else if reader.isNamed("Size") {
        size = try reader.readNumber()
      } else if reader.isNamed("StorageClass") {
        storageClass = try reader.readText()
      } else if reader.isNamed("RestoreStatus") {
        isRestored = try Self.readRestoreStatus(&reader)
      } else {
        try reader.skip()
      }
    }
    guard let key, let lastModified, let size else {
      throw XMLError(
        .unexpectedContent, "An object of the listing lacks its key, time or size.",
        at: reader.offset)
    }
    self.key = key
    self.lastModified = lastModified
    self.size = size
  }

  /// Reads the children of a `RestoreStatus` element. An object that is still being restored, or
  /// never was, has no date at which its copy goes away.
  private static func readRestoreStatus(_ reader: inout XMLReader) throws(XMLError) -> Bool {
    var isInProgress = false
    var hasCopy = false
    while let name = try reader.nextChild() {
      switch name {
      case "IsRestoreInProgress": isInProgress = try reader.readBoolean()
      case "RestoreExpiryDate": hasCopy = try !reader.readText().isEmpty
      default: try reader.skip()
      }
    }
    return hasCopy && !isInProgress
  }
}
