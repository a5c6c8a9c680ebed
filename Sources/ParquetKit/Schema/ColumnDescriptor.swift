/// A leaf of the schema: the name, type and nullability of one column.
public struct ColumnDescriptor: Sendable, Hashable {
  /// Names from the root's child down to the leaf; one part for a flat column.
  public let path: [String]
  /// How the values are stored.
  public let physicalType: PhysicalType
  /// Bytes a value: for FIXED_LEN_BYTE_ARRAY what the schema says, for INT96 12, else nil.
  public let typeLength: Int?
  /// What the values mean.
  public let logicalType: LogicalType?
  /// Whether the leaf itself is required, optional or repeated.
  public let repetition: SchemaElement.Repetition
  /// Optional and repeated nodes on the path; 0 means that there are no definition levels.
  public let maximumDefinitionLevel: Int
  /// Repeated nodes on the path; 0 means that there are no repetition levels.
  public let maximumRepetitionLevel: Int
  /// The id that table formats give a field.
  public let fieldID: Int32?

  /// A column of a flat schema.
  ///
  /// - Parameters:
  ///   - name: the column's name.
  ///   - physicalType: how the values are stored.
  ///   - typeLength: bytes a value of a FIXED_LEN_BYTE_ARRAY, otherwise nil.
  ///   - logicalType: what the values mean; nil when the physical type says it all.
  ///   - isNullable: whether rows may have no value.
  ///   - fieldID: the id that table formats give a field.
  public init(
    _ name: String, _ physicalType: PhysicalType, typeLength: Int? = nil,
    _ logicalType: LogicalType? = nil, isNullable: Bool = false, fieldID: Int32? = nil
  ) {
    self.path = [name]
    self.physicalType = physicalType
    self.typeLength = typeLength
    self.logicalType = logicalType
    self.repetition = isNullable ? .optional : .required
    self.maximumDefinitionLevel = isNullable ? 1 : 0
    self.maximumRepetitionLevel = 0
    self.fieldID = fieldID
  }

  init(
    path: [String], element: SchemaElement, type: PhysicalType, maximumDefinitionLevel: Int,
    maximumRepetitionLevel: Int
  ) throws(ParquetError) {
    self.path = path
    self.physicalType = type
    self.logicalType = element.logicalType
    self.repetition = element.repetition ?? .required
    self.maximumDefinitionLevel = maximumDefinitionLevel
    self.maximumRepetitionLevel = maximumRepetitionLevel
    self.fieldID = element.fieldID
    switch type {
    case .int96: typeLength = 12
    case .fixedLengthByteArray:
      guard let length = element.typeLength, length >= 0 else {
        throw ParquetError(
          .corrupt, "A FIXED_LEN_BYTE_ARRAY states no length, or a negative one.",
          at: .init(column: path.joined(separator: ".")))
      }
      typeLength = Int(length)
    default: typeLength = nil
    }
  }

  /// The path as people write it, its parts joined by dots.
  public var name: String { path.joined(separator: ".") }

  /// Whether a value can be null.
  public var isNullable: Bool { maximumDefinitionLevel > 0 }

  /// Whether the column is a child of the root and not repeated: one value or null for each row.
  public var isFlat: Bool { path.count == 1 && repetition != .repeated }

  /// The element of the schema tree for a flat column.
  var element: SchemaElement {
    SchemaElement(
      type: physicalType, typeLength: typeLength.map { Int32(clamping: $0) },
      repetition: repetition, name: path.last ?? "", childCount: 0, logicalType: logicalType,
      fieldID: fieldID)
  }
}

// MARK: Validation for writing

extension ColumnDescriptor {
  /// Checks that type, length and annotation go together (Parquet format, "Logical Types").
  func validate() throws(ParquetError) {
    if name.isEmpty { throw invalid("A column needs a name.") }
    switch physicalType {
    case .int96: throw invalid("INT96 is deprecated and not written; use INT64 with TIMESTAMP.")
    case .fixedLengthByteArray:
      guard let typeLength, (1...Int(Int32.max)).contains(typeLength) else {
        throw invalid("A FIXED_LEN_BYTE_ARRAY needs a length of at least 1 byte.")
      }
    default:
      if typeLength != nil { throw invalid("Only a FIXED_LEN_BYTE_ARRAY has a type length.") }
    }
    guard let logicalType else { return }
    guard try allows(logicalType) else {
      throw invalid("\(logicalType.name) does not annotate \(physicalType.name).")
    }
  }

  private func allows(_ logicalType: LogicalType) throws(ParquetError) -> Bool {
    switch logicalType {
    case .string, .enumeration, .json, .bson: return physicalType == .byteArray
    case .date: return physicalType == .int32
    case .time(.milliseconds, _): return physicalType == .int32
    case .time, .timestamp: return physicalType == .int64
    case .integer(let width, _):
      switch width {
      case 8, 16, 32: return physicalType == .int32
      case 64: return physicalType == .int64
      default: throw invalid("An integer has 8, 16, 32 or 64 bits, not \(width).")
      }
    case .uuid: return physicalType == .fixedLengthByteArray && typeLength == 16
    case .float16: return physicalType == .fixedLengthByteArray && typeLength == 2
    case .interval: return physicalType == .fixedLengthByteArray && typeLength == 12
    case .decimal(let precision, let scale):
      guard precision >= 1, scale >= 0, scale <= precision else {
        throw invalid(
          "DECIMAL(\(precision), \(scale)): the precision is at least 1 and the scale within it.")
      }
      switch physicalType {
      case .int32: return precision <= 9
      case .int64: return precision <= 18
      case .byteArray: return true
      case .fixedLengthByteArray: return Int(precision) <= decimalDigits(bytes: typeLength ?? 0)
      default: return false
      }
    case .null, .other: return true
    case .map, .list: return false
    }
  }

  /// The decimal digits that surely fit into a signed number of `bytes` bytes:
  /// floor((8 bytes - 1) * log10(2)), with log10(2) as 30103/100000.
  private func decimalDigits(bytes: Int) -> Int {
    bytes < 1 ? 0 : (min(bytes, 1 << 20) * 8 - 1) * 30103 / 100_000
  }

  private func invalid(_ message: String) -> ParquetError {
    ParquetError(.invalidArgument, message, at: .init(column: name))
  }
}
