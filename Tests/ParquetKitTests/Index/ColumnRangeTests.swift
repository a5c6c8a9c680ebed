import TestSupport
import Testing

@testable import ParquetKit

struct ColumnRangeTests {
  private static func open(_ name: String) async throws -> ParquetFile {
    try await ParquetFile.open(try FileSource(path: try ForeignFileTests.path(name)))
  }

  @Test(
    "Bounds of the deprecated kind, of NaN and of an undefined order read as unknown",
    arguments: [
      ("int32_decimal", [0]), ("fixed_length_decimal", [0]), ("nan_in_stats", [0]),
      ("alltypes_plain", [0, 4, 10]), ("float16_nonzeros_and_nans", [0]),
      ("floating_orders_nan_count", [0]),
    ])
  func unknown(name: String, columns: [Int]) async throws {
    let file = try await Self.open(name)
    for range in try file.ranges(rowGroup: 0, columns: columns) {
      #expect(range.minimum == nil)
      #expect(range.maximum == nil)
      #expect(range.rowCount == file.metadata.rowGroups[0].rowCount)
    }
  }

  @Test("Bounds of other writers have the type's form, and say whether they are values")
  func foreign() async throws {
    // Values as pyarrow reads them: "Alice Johnson", ..., "Kevin Bacon" in the first column.
    let truncated = try await Self.open("binary_truncated_min_max")
    let text = try truncated.ranges(rowGroup: 0, columns: [0])[0]
    #expect(text.minimum == .init(value: .bytes(Array("Al".utf8)), isExact: false))
    #expect(text.maximum == .init(value: .bytes(Array("Kf".utf8)), isExact: false))
    let sorted = try await Self.open("sort_columns")
    let numbers = try sorted.ranges(rowGroup: 0, columns: [0, 1])
    #expect(numbers[0].minimum?.value == .signed(1))
    #expect(numbers[1].minimum?.value == .bytes(Array("a".utf8)))
  }

  /// The bounds of some values by looking at each of them.
  private static func bounds<Value>(
    _ values: [Value], _ isLess: (Value, Value) -> Bool
  ) -> (least: Value, greatest: Value)? {
    guard var least = values.first else { return nil }
    var greatest = least
    for value in values {
      if isLess(value, least) { least = value }
      if isLess(greatest, value) { greatest = value }
    }
    return (least, greatest)
  }

  @Test("Row groups and pages lie between their bounds", arguments: 1...4 as ClosedRange<UInt64>)
  func enclosed(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let rows = 200
    let signed = (0..<rows).map { _ in Int64(bitPattern: random.next()) >> Int64(random.below(60)) }
    let unsigned = (0..<rows).map { _ in
      Int32(bitPattern: UInt32(truncatingIfNeeded: random.next()))
    }
    let doubles = (0..<rows).map { _ in Double(random.below(2001) - 1000) / 8 }
    let blobs = (0..<rows).map { _ in random.bytes(random.below(6)) }
    let validity = (0..<rows).map { _ in !random.one(in: 4) }
    let schema = try ParquetSchema([
      ColumnDescriptor("s", .int64), ColumnDescriptor("d", .double),
      ColumnDescriptor("u", .int32, .integer(bitWidth: 32, isSigned: false), isNullable: true),
      ColumnDescriptor("b", .byteArray, isNullable: true),
    ])
    var strings = ByteArrays()
    for blob in blobs { try strings.append(blob) }
    var options = WriteOptions()
    options.pageRowCount = 30
    options.maximumStatisticsSize = 3
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    try await writer.writeRowGroup([
      Column(.int64(signed)), Column(.double(doubles)),
      Column(.int32(unsigned), validity: validity), Column(.byteArray(strings), validity: validity),
    ])
    let file = try await ParquetFile.open(BytesSource(try await writer.finish().bytes))
    let columns = [0, 1, 2, 3]
    var parts = try file.ranges(rowGroup: 0, columns: columns).map {
      [PageRange(rows: 0..<rows, range: $0)]
    }
    for (column, pages) in try await file.pageRanges(rowGroup: 0, columns: columns).enumerated() {
      // All 0xFF has no shortened upper bound; then there is no column index to look at.
      let pages = try #require(pages)
      #expect(pages.map(\.rows.lowerBound) == Array(stride(from: 0, to: rows, by: 30)))
      #expect(pages.last?.rows.upperBound == rows)
      parts[column] += pages
    }
    for (column, pages) in parts.enumerated() {
      for (number, page) in pages.enumerated() {
        let comment: Comment = "seed \(seed), column \(column), rows \(page.rows)"
        let valid = page.rows.filter { column < 2 || validity[$0] }
        #expect(page.range.nullCount == page.rows.count - valid.count, comment)
        #expect(page.range.rowCount == page.rows.count, comment)
        let least: BoundValue
        let greatest: BoundValue
        switch column {
        case 0:
          let bounds = try #require(Self.bounds(valid.map { signed[$0] }, <))
          (least, greatest) = (.signed(bounds.least), .signed(bounds.greatest))
        case 1:
          let bounds = try #require(Self.bounds(valid.map { doubles[$0] }, <))
          (least, greatest) = (.floatingPoint(bounds.least), .floatingPoint(bounds.greatest))
        case 2:
          let values = valid.map { UInt64(UInt32(bitPattern: unsigned[$0])) }
          let bounds = try #require(Self.bounds(values, <))
          (least, greatest) = (.unsigned(bounds.least), .unsigned(bounds.greatest))
        default:
          let bounds = try #require(
            Self.bounds(valid.map { blobs[$0] }, { $0.lexicographicallyPrecedes($1) }))
          (least, greatest) = (.bytes(bounds.least), .bytes(bounds.greatest))
        }
        guard let minimum = page.range.minimum, let maximum = page.range.maximum else {
          #expect(column == 3, comment)
          continue
        }
        #expect(!least.precedes(minimum.value), comment)
        #expect(!maximum.value.precedes(greatest), comment)
        if column < 3 { #expect(minimum.value == least && maximum.value == greatest, comment) }
        if minimum.isExact { #expect(minimum.value == least, comment) }
        if maximum.isExact { #expect(maximum.value == greatest, comment) }
        if number == 0 && column != 1 && column != 3 { #expect(minimum.isExact && maximum.isExact) }
      }
    }
  }

  @Test("Nothing but nulls is known as such, in the row group and in its pages")
  func allNull() async throws {
    let schema = try ParquetSchema([ColumnDescriptor("n", .int64, isNullable: true)])
    var options = WriteOptions()
    options.pageRowCount = 4
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    let none = Array(repeating: false, count: 4)
    try await writer.writeRowGroup([Column(.int64([0, 0, 0, 0]), validity: none)])
    try await writer.writeRowGroup([
      Column(.int64([0, 0, 0, 0, 7]), validity: none + [true])
    ])
    let file = try await ParquetFile.open(BytesSource(try await writer.finish().bytes))
    let range = try file.ranges(rowGroup: 0, columns: [0])[0]
    #expect(range.isAllNull && range.minimum == nil && range.maximum == nil)
    #expect(try file.ranges(rowGroup: 1, columns: [0])[0].isAllNull == false)
    let pages = try #require(try await file.pageRanges(rowGroup: 1, columns: [0])[0])
    #expect(pages.map(\.range.isAllNull) == [true, false])
    #expect(pages[1].range.minimum?.value == .signed(7))
  }

  @Test("Values of one kind are ordered as the column is, those of different kinds are not")
  func order() {
    let ascending: [[BoundValue]] = [
      [.boolean(false), .boolean(true)], [.signed(-1), .signed(0)],
      [.unsigned(1), .unsigned(UInt64.max)], [.floatingPoint(-.infinity), .floatingPoint(0.5)],
      [.bytes([]), .bytes([0]), .bytes([0, 0]), .bytes([0x7F]), .bytes([0x80])],
      [.decimal([0x80]), .decimal([0xFF]), .decimal([0, 0xFF])],
    ]
    for values in ascending {
      for (left, right) in zip(values, values.dropFirst()) {
        #expect(left.precedes(right))
        #expect(!right.precedes(left))
        #expect(!left.precedes(left))
      }
    }
    #expect(!BoundValue.signed(0).precedes(.unsigned(1)))
    #expect(!BoundValue.bytes([0]).precedes(.decimal([1])))
  }
}
