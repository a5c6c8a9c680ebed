import TestSupport
@testable import ParquetKit

/// A table of every type that is written, with random values, and its rows as JSON made by other
/// means than `RowFormatter`.
struct SampleTable {
  /// How many rows are null.
  enum Nulls: CaseIterable {
    case none, some, all
  }

  let schema: ParquetSchema
  let columns: [Column]
  let rowCount: Int

  /// - Parameter distinct: how many different values a column may have.
  init(rows: Int, nulls: Nulls, distinct: Int, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var descriptors: [ColumnDescriptor] = []
    var columns: [Column] = []
    let isNullable = nulls != .none
    let validity: [Bool]? =
      switch nulls {
      case .none: nil
      case .some: (0..<rows).map { _ in Int.random(in: 0..<3, using: &random) > 0 }
      case .all: Array(repeating: false, count: rows)
      }

    func add(_ descriptor: ColumnDescriptor, _ values: ColumnValues) {
      descriptors.append(descriptor)
      columns.append(Column(values, validity: validity))
    }
    func pick<Value>(_ zero: Value, _ make: (inout SplitMix64) -> Value) -> [Value] {
      let choices = (0..<max(1, distinct)).map { _ in make(&random) }
      return (0..<rows).map { row in
        let value = choices[Int.random(in: 0..<choices.count, using: &random)]
        return validity.map { $0[row] } ?? true ? value : zero
      }
    }
    func int32(_ name: String, _ type: LogicalType?, _ range: ClosedRange<Int32>) {
      add(
        ColumnDescriptor(name, .int32, type, isNullable: isNullable),
        .int32(pick(0) { Int32.random(in: range, using: &$0) }))
    }
    func int64(_ name: String, _ type: LogicalType?, _ range: ClosedRange<Int64>) {
      add(
        ColumnDescriptor(name, .int64, type, isNullable: isNullable),
        .int64(pick(0) { Int64.random(in: range, using: &$0) }))
    }
    func bytes(
      _ name: String, _ type: LogicalType?, _ make: (inout SplitMix64) -> [UInt8]
    ) throws {
      var strings = ByteArrays()
      for value in pick([], make) { try strings.append(value) }
      add(ColumnDescriptor(name, .byteArray, type, isNullable: isNullable), .byteArray(strings))
    }
    func fixed(
      _ name: String, _ width: Int, _ type: LogicalType?, _ make: (inout SplitMix64) -> [UInt8]
    ) {
      add(
        ColumnDescriptor(
          name, .fixedLengthByteArray, typeLength: width, type, isNullable: isNullable),
        .fixedLengthByteArray(
          width: width, bytes: pick(Array(repeating: 0, count: width), make).flatMap { $0 }))
    }

    add(
      ColumnDescriptor("flag", .boolean, isNullable: isNullable),
      .boolean(pick(false) { Bool.random(using: &$0) }))
    int32("plain32", nil, Int32.min...Int32.max)
    int32("int8", .integer(bitWidth: 8, isSigned: true), -128...127)
    int32("int16", .integer(bitWidth: 16, isSigned: true), -32768...32767)
    int32("uint8", .integer(bitWidth: 8, isSigned: false), 0...255)
    int32("uint16", .integer(bitWidth: 16, isSigned: false), 0...65535)
    int32("uint32", .integer(bitWidth: 32, isSigned: false), Int32.min...Int32.max)
    int32("day", .date, -700_000...2_900_000)
    int32("milliOfDay", .time(.milliseconds, isAdjustedToUTC: true), 0...86_399_999)
    int32("decimal9", .decimal(precision: 9, scale: 2), -999_999_999...999_999_999)
    int64("plain64", nil, Int64.min...Int64.max)
    int64("uint64", .integer(bitWidth: 64, isSigned: false), Int64.min...Int64.max)
    int64("microOfDay", .time(.microseconds, isAdjustedToUTC: false), 0...86_399_999_999)
    int64(
      "milli", .timestamp(.milliseconds, isAdjustedToUTC: true),
      -62_000_000_000_000...253_000_000_000_000)
    int64(
      "micro", .timestamp(.microseconds, isAdjustedToUTC: true),
      -62_000_000_000_000_000...253_000_000_000_000_000)
    int64(
      "nano", .timestamp(.nanoseconds, isAdjustedToUTC: false),
      -9_000_000_000_000_000_000...9_000_000_000_000_000_000)
    int64(
      "decimal18", .decimal(precision: 18, scale: 18),
      -999_999_999_999_999_999...999_999_999_999_999_999)
    add(
      ColumnDescriptor("single", .float, isNullable: isNullable),
      .float(pick(0) { Float(Int32.random(in: -9999...9999, using: &$0)) / 64 }))
    add(
      ColumnDescriptor("double", .double, isNullable: isNullable),
      .double(
        pick(0) { random in
          [
            Double.nan, .infinity, -.infinity, 0.1, -0.0, .leastNonzeroMagnitude,
            1.7976931348623157e308,
            Double(Int64.random(in: -1_000_000...1_000_000, using: &random)) / 1024,
          ].randomElement(using: &random) ?? 0
        }))
    try bytes("text", .string) { random in
      let alphabet = Array("abc \"\\/\n\t\u{1}äß€𝄞中".unicodeScalars)
      var text = ""
      for _ in 0..<Int.random(in: 0...20, using: &random) {
        text.unicodeScalars.append(alphabet.randomElement(using: &random) ?? "x")
      }
      return Array(text.utf8)
    }
    try bytes("binary", nil) { $0.bytes(Int.random(in: 0...9, using: &$0)) }
    fixed("fixed5", 5, nil) { $0.bytes(5) }
    fixed("uuid", 16, .uuid) { $0.bytes(16) }
    fixed("decimal38", 16, .decimal(precision: 38, scale: 10)) { random in
      // Below 10^38 in magnitude: the top byte within -0x40...0x3F.
      [UInt8(bitPattern: Int8.random(in: -0x40...0x3F, using: &random))] + random.bytes(15)
    }
    self.schema = try ParquetSchema(descriptors)
    self.columns = columns
    self.rowCount = rows
  }

  /// The table as a file in memory.
  func write(_ options: WriteOptions, rowGroups: [Range<Int>]? = nil) async throws -> [UInt8] {
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    for rows in rowGroups ?? [0..<rowCount] { try await writer.writeRowGroup(columns, rows: rows) }
    return try await writer.finish(keyValueMetadata: [KeyValue(key: "made by", value: "a test")])
      .bytes
  }
}
