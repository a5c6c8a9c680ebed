import Testing

@testable import ParquetKit

struct RoundTripTests {
  static let codecs: [Compression] = [.uncompressed, .snappy, .gzip, .zstd]

  struct Variant: CustomTestStringConvertible {
    var compression: Compression
    var pageVersion: WriteOptions.DataPageVersion
    var usesDictionary: Bool
    var nulls: SampleTable.Nulls

    var testDescription: String {
      "\(compression.codec), \(pageVersion), dictionary \(usesDictionary), nulls \(nulls)"
    }

    static let all: [Variant] = codecs.flatMap { codec in
      [WriteOptions.DataPageVersion.v1, .v2].flatMap { version in
        [true, false].flatMap { dictionary in
          SampleTable.Nulls.allCases.map { nulls in
            Variant(
              compression: codec, pageVersion: version, usesDictionary: dictionary, nulls: nulls)
          }
        }
      }
    }
  }

  @Test("What is written is read back, column by column", arguments: Variant.all)
  func readBack(variant: Variant) async throws {
    let table = try SampleTable(rows: 500, nulls: variant.nulls, distinct: 60, seed: 1)
    var options = WriteOptions(
      compression: variant.compression, dataPageVersion: variant.pageVersion,
      usesDictionary: variant.usesDictionary)
    options.pageRowCount = 70
    let bytes = try await table.write(options, rowGroups: [0..<333, 333..<333, 333..<500])
    let file = try await ParquetFile.open(BytesSource(bytes))
    #expect(file.schema == table.schema)
    #expect(file.metadata.rowGroups.map(\.rowCount) == [333, 0, 167])
    #expect(file.metadata.value(forKey: "made by") == "a test")
    for (group, rows) in [0..<333, 333..<333, 333..<500].enumerated() {
      let columns = try await file.readRowGroup(group)
      for (index, column) in columns.enumerated() {
        let written = table.columns[index]
        let validity = written.validity.map { Array($0[rows]) }
        #expect(column.nullCount == validity.map { $0.filter { !$0 }.count } ?? 0)
        if validity?.contains(false) ?? false { #expect(column.validity == validity) }
        let descriptor = table.schema.columns[index]
        for row in 0..<rows.count {
          let ours = RowFormatter.text(row: row, of: column, descriptor)
          let theirs = RowFormatter.text(row: rows.lowerBound + row, of: written, descriptor)
          #expect(ours == theirs, "\(descriptor.name), row \(row)")
        }
      }
    }
  }

  @Test("pyarrow, Polars and DuckDB read each value of every type", arguments: codecs)
  func peersAgree(compression: Compression) async throws {
    for (version, nulls) in [
      (WriteOptions.DataPageVersion.v1, SampleTable.Nulls.some), (.v2, .some), (.v1, .none),
      (.v2, .all),
    ] {
      let table = try SampleTable(rows: 400, nulls: nulls, distinct: 30, seed: 2)
      var options = WriteOptions(compression: compression, dataPageVersion: version)
      options.pageRowCount = 90
      let bytes = try await table.write(options, rowGroups: [0..<150, 150..<400])
      let formatter = RowFormatter(table.schema.columns)
      let expected = (0..<table.rowCount).map { row in
        var line: [UInt8] = []
        formatter.appendJSON(row: row, of: table.columns, to: &line)
        return line
      }
      try await PeerRows.expect(bytes, as: expected, "\(version), \(nulls)")
    }
  }

  @Test("Dictionary-encoded columns stay encoded from the file to the caller and back")
  func dictionaryIsKept() async throws {
    let schema = try ParquetSchema([
      ColumnDescriptor("action", .byteArray, .string, isNullable: true)
    ])
    let dictionary = try ByteArrays(["unused", "submit", "delete", "submit"])
    let column = Column(
      .dictionary(
        indices: [1, 2, 0, 3, 1] + Array(repeating: 1, count: 50), dictionary: dictionary),
      validity: [true, true, false, true, true] + Array(repeating: true, count: 50))
    var writer = try ParquetWriter(to: BytesSink(), schema: schema)
    try await writer.writeRowGroup([column])
    let bytes = try await writer.finish().bytes
    let file = try await ParquetFile.open(BytesSource(bytes))
    let read = try await file.readRowGroup(0)[0]
    guard case .dictionary(let indices, let entries) = read.values else {
      Issue.record("not dictionary-encoded: \(read.values)")
      return
    }
    // Unused entries are gone and equal ones are one.
    #expect(entries == (try ByteArrays(["submit", "delete"])))
    #expect(Array(indices.prefix(5)) == [0, 1, 0, 0, 0])
    #expect(read.validity == column.validity)
    var again = try ParquetWriter(to: BytesSink(), schema: schema)
    try await again.writeRowGroup([read])
    #expect(try await again.finish().bytes == bytes)
  }

  @Test("A dictionary that does not pay is not written")
  func dictionaryThatDoesNotPay() async throws {
    let schema = try ParquetSchema([
      ColumnDescriptor("id", .byteArray, .string), ColumnDescriptor("few", .int64),
      ColumnDescriptor("many", .int64),
    ])
    let numbers = (0..<10_000).map(Int64.init)
    var writer = try ParquetWriter(to: BytesSink(), schema: schema)
    try await writer.writeRowGroup([
      Column(.byteArray(try ByteArrays(numbers.map { "id\($0)" }))),
      Column(.int64(numbers.map { $0 % 7 })), Column(.int64(numbers)),
    ])
    let file = try await ParquetFile.open(BytesSource(try await writer.finish().bytes))
    let chunks = file.metadata.rowGroups[0].columns
    #expect(chunks.map { $0.encodings.contains(.rleDictionary) } == [false, true, false])
    #expect(chunks.map { $0.dictionaryPageOffset != nil } == [false, true, false])
  }

  @Test("Columns that do not fit the schema are refused before anything is written")
  func refused() async throws {
    let schema = try ParquetSchema([
      ColumnDescriptor("a", .int32), ColumnDescriptor("b", .byteArray, .string, isNullable: true),
    ])
    let text = Column(.byteArray(try ByteArrays(["x", "y"])))
    let cases: [([Column], String)] = [
      ([Column(.int32([1, 2]))], "needs 2 columns"),
      ([Column(.int64([1, 2])), text], "is of type INT32"),
      ([Column(.int32([1, 2]), validity: [true, false]), text], "row 1 is null"),
      ([Column(.int32([1, 2, 3])), text], "\"b\" has 2 rows, \"a\" has 3"),
      ([Column(.int32([1])), text], "\"b\" has 2 rows, \"a\" has 1"),
      ([Column(.int32([1, 2]), validity: [true]), text], "1 entries of validity"),
      (
        [
          Column(.int32([1, 2])),
          Column(.dictionary(indices: [0, 5], dictionary: try ByteArrays(["x"]))),
        ], "Index 5"
      ),
    ]
    for (columns, sentence) in cases {
      var writer = try ParquetWriter(to: BytesSink(), schema: schema)
      do {
        try await writer.writeRowGroup(columns)
        Issue.record("accepted: \(columns)")
      } catch let error as ParquetError {
        #expect(error.code == .invalidArgument)
        #expect("\(error)".contains(sentence), "\(error)")
      }
      // The writer is as it was: the right columns still make a file.
      try await writer.writeRowGroup([Column(.int32([1, 2])), text])
      let file = try await ParquetFile.open(BytesSource(try await writer.finish().bytes))
      #expect(file.rowCount == 2)
    }
  }

  @Test("Types and annotations that contradict one another are refused")
  func contradictions() {
    let columns = [
      ColumnDescriptor("a", .int64, .string),
      ColumnDescriptor("a", .int32, .timestamp(.microseconds, isAdjustedToUTC: true)),
      ColumnDescriptor("a", .int32, .decimal(precision: 10, scale: 2)),
      ColumnDescriptor("a", .int64, .decimal(precision: 5, scale: 6)),
      ColumnDescriptor("a", .fixedLengthByteArray), ColumnDescriptor("a", .int96),
      ColumnDescriptor("a", .fixedLengthByteArray, typeLength: 15, .uuid),
      ColumnDescriptor("a", .int32, .integer(bitWidth: 12, isSigned: true)),
      ColumnDescriptor("", .int32),
      ColumnDescriptor("a", .int32, typeLength: 4),
      ColumnDescriptor(
        "a", .fixedLengthByteArray, typeLength: 8, .decimal(precision: 19, scale: 0)),
    ]
    for column in columns {
      #expect(throws: ParquetError.self, "\(column)") { try ParquetSchema([column]) }
    }
    #expect(throws: ParquetError.self) { try ParquetSchema([]) }
    #expect(throws: ParquetError.self) {
      try ParquetSchema([ColumnDescriptor("a", .int32), ColumnDescriptor("a", .int64)])
    }
  }
}
