/// What went wrong with a Parquet file, where, and what to do about it.
///
/// The set of codes is open: a new one breaks nobody, so a `switch` over them needs a `default`.
public struct ParquetError: Error, Sendable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The stable, readable name of the kind, such as `corrupt`.
    public let rawValue: String

    /// A code by its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The bytes are not a Parquet file at all: the magic number is missing.
    public static let notParquet = Code(rawValue: "not-parquet")
    /// The file contradicts itself or the format: a length, count, offset or index is impossible.
    public static let corrupt = Code(rawValue: "corrupt")
    /// The file ends before the bytes that it promises.
    public static let truncated = Code(rawValue: "truncated")
    /// A page's CRC-32 differs from the one in its header.
    public static let checksumMismatch = Code(rawValue: "checksum-mismatch")
    /// The file is well formed but uses a feature that this library does not read or write.
    public static let unsupported = Code(rawValue: "unsupported")
    /// A size in the file exceeds the reader's limits.
    public static let limitExceeded = Code(rawValue: "limit-exceeded")
    /// The caller asked for something impossible, such as a column that is not in the schema.
    public static let invalidArgument = Code(rawValue: "invalid-argument")
    /// The operating system refused to read or write.
    public static let inputOutput = Code(rawValue: "input-output")
  }

  /// The place in the file; what is not known is nil.
  public struct Location: Hashable, Sendable {
    /// The row group's index, from 0.
    public var rowGroup: Int?
    /// The column's path, its parts joined by dots.
    public var column: String?
    /// The page's index within its column chunk, from 0, the dictionary page included.
    public var page: Int?
    /// The byte offset from the beginning of the file.
    public var offset: Int?

    /// A place; leave out what is not known.
    public init(rowGroup: Int? = nil, column: String? = nil, page: Int? = nil, offset: Int? = nil) {
      self.rowGroup = rowGroup
      self.column = column
      self.page = page
      self.offset = offset
    }
  }

  /// The kind of failure.
  public var code: Code
  /// A sentence that says what is wrong, without the place.
  public var message: String
  /// Where in the file.
  public var location: Location
  /// The error underneath, if another layer failed.
  public var underlying: (any Error)?

  /// An error with its place, as far as it is known.
  public init(
    _ code: Code, _ message: String, at location: Location = Location(),
    underlying: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.location = location
    self.underlying = underlying
  }

  /// The same error with those parts of the place filled in that it does not know itself.
  func within(_ outer: Location) -> ParquetError {
    var error = self
    error.location.rowGroup = location.rowGroup ?? outer.rowGroup
    error.location.column = location.column ?? outer.column
    error.location.page = location.page ?? outer.page
    error.location.offset = location.offset ?? outer.offset
    return error
  }
}

extension ParquetError: CustomStringConvertible {
  /// The place, the sentence, and the error underneath.
  public var description: String {
    var text = location.description
    if !text.isEmpty { text += ": " }
    text += message
    if let underlying { text += " (\(underlying))" }
    return text
  }
}

extension ParquetError.Location: CustomStringConvertible {
  /// The known parts, outermost first: `row group 0, column "ptid", page 2, offset 4711`.
  public var description: String {
    var parts: [String] = []
    if let rowGroup { parts.append("row group \(rowGroup)") }
    if let column { parts.append("column \"\(column)\"") }
    if let page { parts.append("page \(page)") }
    if let offset { parts.append("offset \(offset)") }
    return parts.joined(separator: ", ")
  }
}
