/// How the values of a page are laid out (Parquet format, "Encodings").
///
/// The set is open: a file with an encoding of tomorrow still shows its metadata.
public struct Encoding: RawRepresentable, Sendable, Hashable {
  /// The number in `parquet.thrift`.
  public let rawValue: Int32

  /// An encoding by its number.
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// Values back to back.
  public static let plain = Encoding(rawValue: 0)
  /// The older name of `rleDictionary`; for a dictionary page, of `plain`.
  public static let plainDictionary = Encoding(rawValue: 2)
  /// The hybrid of run lengths and bit-packed groups.
  public static let rle = Encoding(rawValue: 3)
  /// Bit-packed levels, most significant bit first; deprecated.
  public static let bitPacked = Encoding(rawValue: 4)
  /// Differences of integers, bit-packed in blocks.
  public static let deltaBinaryPacked = Encoding(rawValue: 5)
  /// Lengths as differences, then all bytes.
  public static let deltaLengthByteArray = Encoding(rawValue: 6)
  /// Shared prefixes with the value before.
  public static let deltaByteArray = Encoding(rawValue: 7)
  /// Indices into the dictionary page, in the RLE hybrid.
  public static let rleDictionary = Encoding(rawValue: 8)
  /// The bytes of each value spread over as many streams.
  public static let byteStreamSplit = Encoding(rawValue: 9)

  /// The name in the format's specification, such as `RLE_DICTIONARY`.
  public var name: String {
    switch self {
    case .plain: "PLAIN"
    case .plainDictionary: "PLAIN_DICTIONARY"
    case .rle: "RLE"
    case .bitPacked: "BIT_PACKED"
    case .deltaBinaryPacked: "DELTA_BINARY_PACKED"
    case .deltaLengthByteArray: "DELTA_LENGTH_BYTE_ARRAY"
    case .deltaByteArray: "DELTA_BYTE_ARRAY"
    case .rleDictionary: "RLE_DICTIONARY"
    case .byteStreamSplit: "BYTE_STREAM_SPLIT"
    default: "ENCODING_\(rawValue)"
    }
  }
}
