import Foundation
import TestSupport
import Testing

@testable import ParquetKit

struct RowRangeTests {
  /// A column in a form that does not depend on how it is encoded.
  private static func texts(_ column: Column, _ descriptor: ColumnDescriptor) -> [String?] {
    (0..<column.count).map { RowFormatter.text(row: $0, of: column, descriptor) }
  }

  /// Random ranges of every row group read as the same rows of the whole row group do, column by
  /// column and together.
  private static func expectSlices(
    _ file: ParquetFile, columns: [Int], seed: UInt64, _ comment: String
  ) async throws {
    var random = SplitMix64(seed: seed)
    for group in file.metadata.rowGroups.indices {
      let count = file.metadata.rowGroups[group].rowCount
      let whole = try await file.readRowGroup(group, columns: columns)
      var ranges = [0..<0, 0..<count, count..<count, 0..<min(1, count), max(0, count - 1)..<count]
      for _ in 0..<6 {
        let start = random.below(count + 1)
        ranges.append(start..<start + random.below(count - start + 1))
      }
      for rows in ranges {
        let part = try await file.readRowGroup(group, columns: columns, rows: rows)
        #expect(part.count == columns.count)
        for (index, column) in part.enumerated() {
          // Equal as they are encoded, or else, where a chunk has pages of several encodings, as text.
          let expected = whole[index].rows(rows)
          if column == expected { continue }
          let descriptor = file.schema.columns[columns[index]]
          #expect(
            Self.texts(column, descriptor) == Self.texts(expected, descriptor),
            "\(comment), seed \(seed), row group \(group), rows \(rows), \(descriptor.name)")
        }
      }
    }
  }

  @Test("Some rows of a column are the same rows")
  func rowsOfColumn() throws {
    for nulls in SampleTable.Nulls.allCases {
      let table = try SampleTable(rows: 40, nulls: nulls, distinct: 9, seed: 2)
      var random = SplitMix64(seed: 4)
      var columns = table.columns
      columns.append(
        Column(
          .dictionary(
            indices: (0..<40).map { UInt32($0 % 3) }, dictionary: try ByteArrays(["a", "", "c"]))))
      let descriptors = table.schema.columns + [ColumnDescriptor("d", .byteArray, .string)]
      for (column, descriptor) in zip(columns, descriptors) {
        let start = random.below(41)
        let rows = start..<start + random.below(41 - start)
        let part = column.rows(rows)
        #expect(part.count == rows.count)
        let texts = Self.texts(column, descriptor)
        #expect(Self.texts(part, descriptor) == Array(texts[rows]), "\(descriptor.name)")
      }
    }
  }

  @Test("Rows of our files read as in the whole row group", arguments: 1...6 as ClosedRange<UInt64>)
  func ours(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let table = try SampleTable(
      rows: 150, nulls: SampleTable.Nulls.allCases[random.below(3)],
      distinct: 1 + random.below(80), seed: seed)
    var options = WriteOptions(
      compression: RoundTripTests.codecs[random.below(4)],
      dataPageVersion: random.one(in: 2) ? .v1 : .v2, usesDictionary: random.one(in: 2))
    options.pageRowCount = 40
    options.pageSize = 60 + random.below(300)  // so the columns' pages begin at different rows
    let bytes = try await table.write(options, rowGroups: [0..<90, 90..<90, 90..<150])
    for gap in [0, 1 << 16] {
      var readOptions = ReadOptions()
      readOptions.coalescedGap = gap
      readOptions.tailSize = 16
      let file = try await ParquetFile.open(BytesSource(bytes), options: readOptions)
      try await Self.expectSlices(
        file, columns: Array(file.schema.columns.indices), seed: seed, "gap \(gap)")
    }
  }

  @Test("Rows of pyarrow's, Polars' and DuckDB's files read as in the whole row group")
  func foreign() async throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("ranges-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let names = String(
      decoding: try await PythonPeer.run("write_foreign.py", [directory.path, "3"]), as: UTF8.self)
    for name in names.split(separator: "\n") {
      let path = directory.appendingPathComponent(String(name)).path
      let file = try await ParquetFile.open(try FileSource(path: path))
      let columns = Array(file.schema.columns.indices)
      if name.hasPrefix("pyarrow-v") {
        // The point of these files: pages that begin at different rows.
        let starts = try await file.pageIndex(rowGroup: 0).map {
          $0.offsetIndex?.pages.map(\.firstRow)
        }
        #expect(Set(starts).count > 2)
      }
      try await Self.expectSlices(file, columns: columns, seed: 3, String(name))
    }
  }

  @Test(
    "Rows of the tiny pages of other implementations read as in the whole row group",
    arguments: [
      "alltypes_tiny_pages", "data_index_bloom_encoding_stats", "binary_truncated_min_max",
    ])
  func tinyPages(name: String) async throws {
    let file = try await ParquetFile.open(
      try FileSource(path: try ForeignFileTests.path(name)))
    try await Self.expectSlices(
      file, columns: Array(file.schema.columns.indices), seed: 9, name)
  }

  @Test("Only the dictionary and the pages that hold one of the rows are read")
  func readsOnlyWhatIsNeeded() async throws {
    let schema = try ParquetSchema([
      ColumnDescriptor("n", .int64), ColumnDescriptor("few", .byteArray, .string),
    ])
    var options = WriteOptions(compression: .uncompressed)
    options.pageRowCount = 1000
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    let numbers = (0..<10_000).map(Int64.init)
    try await writer.writeRowGroup([
      Column(.int64(numbers)),
      Column(.byteArray(try ByteArrays(numbers.map { "value \($0 % 5)" }))),
    ])
    let source = CountingSource(try await writer.finish().bytes)
    var readOptions = ReadOptions()
    readOptions.coalescedGap = 0
    readOptions.tailSize = 16
    let file = try await ParquetFile.open(source, options: readOptions)
    let indexes = try await file.pageIndex(rowGroup: 0)
    let first = try #require(indexes[0].offsetIndex).pages
    let second = try #require(indexes[1].offsetIndex).pages
    #expect(first.count == 10 && second.count == 10)
    let chunk = try #require(file.metadata.rowGroups[0].columns[1].byteRange())
    let plan = try await file.plan(rowGroup: 0, rows: 3500..<4001)
    await source.forgetReads()
    let columns = try await file.readRowGroup(0, rows: 3500..<4001)
    #expect(columns[0].values == .int64(Array(numbers[3500..<4001])))
    // The offset indexes, then the pages.
    #expect(
      await Array(source.reads.dropFirst()) == [
        first[3].byteRange.lowerBound..<first[4].byteRange.upperBound,
        chunk.lowerBound..<second[0].offset,
        second[3].byteRange.lowerBound..<second[4].byteRange.upperBound,
      ])
    #expect(await Array(source.reads.dropFirst()) == plan.requests.map(\.range))
    #expect(plan.description.contains("1 (dictionary)"))
    #expect(plan.description.contains("0 (pages 3..<5)"))
  }

  @Test("Rows beyond the row group are an error")
  func outOfRange() async throws {
    let table = try SampleTable(rows: 10, nulls: .none, distinct: 3, seed: 1)
    let file = try await ParquetFile.open(BytesSource(try await table.write(WriteOptions())))
    for rows in [0..<11, 11..<12, -1..<3] {
      await #expect(throws: ParquetError.self) { try await file.readRowGroup(0, rows: rows) }
    }
    await #expect(throws: ParquetError.self) { try await file.readRowGroup(1, rows: 0..<0) }
  }

  @Test("An offset index with other rows or places than the pages have is noticed")
  func wrongIndex() async throws {
    let schema = try ParquetSchema([ColumnDescriptor("n", .int64)])
    var options = WriteOptions(compression: .uncompressed, usesDictionary: false)
    options.pageRowCount = 100
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    try await writer.writeRowGroup([Column(.int64((0..<300).map(Int64.init)))])
    let bytes = try await writer.finish().bytes
    let file = try await ParquetFile.open(BytesSource(bytes))
    let place = try #require(file.metadata.rowGroups[0].columns[0].offsetIndex)
    let index = try #require(try await file.pageIndex(rowGroup: 0)[0].offsetIndex)
    let changes: [(String, (inout OffsetIndex) -> Void)] = [
      ("page 1", { $0.pages[2].firstRow = 201 }),
      ("begin with row", { $0.pages[2].firstRow = 99 }),
      ("within 300 rows", { $0.pages[2].firstRow = 300 }),
      ("begins with row 1", { $0.pages[0].firstRow = 1 }),
      ("which is not within", { $0.pages[2].offset = $0.pages[1].offset }),
      ("which is not within", { $0.pages[2].compressedSize += 1 }),
      ("column \"n\"", { $0.pages[1].offset += 2 }),
    ]
    for (sentence, change) in changes {
      var wrong = index
      change(&wrong)
      var copy = bytes
      let encoded = wrong.encode()
      #expect(encoded.count == place.length)
      copy.replaceSubrange(place.offset..<place.offset + place.length, with: encoded)
      let damaged = try await ParquetFile.open(BytesSource(copy))
      do {
        _ = try await damaged.readRowGroup(0, rows: 150..<160)
        Issue.record("read: \(sentence)")
      } catch let error as ParquetError {
        #expect("\(error)".contains(sentence), "\(error)")
        #expect(error.location.rowGroup == 0 && error.location.column == "n")
      }
      // Without the index the rows are as they were.
      #expect(try await damaged.readRowGroup(0)[0].count == 300)
    }
  }

  /// A file of 300 numbers in three pages, whose sizes in the offset index leave the headers out, as
  /// some versions of xitongsys/parquet-go write them.
  static func withoutHeaders() async throws -> [UInt8] {
    let schema = try ParquetSchema([ColumnDescriptor("n", .int64)])
    var options = WriteOptions(
      compression: .uncompressed, dataPageVersion: .v1, usesDictionary: false)
    options.pageRowCount = 100
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    try await writer.writeRowGroup([Column(.int64((0..<300).map(Int64.init)))])
    var bytes = try await writer.finish().bytes
    let file = try await ParquetFile.open(BytesSource(bytes))
    let place = try #require(file.metadata.rowGroups[0].columns[0].offsetIndex)
    var index = try #require(try await file.pageIndex(rowGroup: 0)[0].offsetIndex)
    // 100 numbers of 8 bytes, nothing else.
    for page in index.pages.indices { index.pages[page].compressedSize = 800 }
    let encoded = index.encode()
    #expect(encoded.count == place.length)
    bytes.replaceSubrange(place.offset..<place.offset + place.length, with: encoded)
    return bytes
  }

  @Test("Rows are read although the sizes of pages leave their headers out")
  func sizesWithoutHeaders() async throws {
    var options = ReadOptions()
    options.coalescedGap = 0
    let file = try await ParquetFile.open(
      BytesSource(try await Self.withoutHeaders()), options: options)
    for rows in [0..<1, 99..<101, 150..<160, 120..<290, 299..<300] {
      let column = try await file.readRowGroup(0, rows: rows)[0]
      #expect(column.values == .int64(rows.map(Int64.init)))
    }
  }
}
