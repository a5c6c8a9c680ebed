import TestSupport
import Testing

@testable import ParquetKit

struct PageIndexTests {
  @Test(
    "Each page's place, rows, nulls and bounds are those that an independent parser finds",
    arguments: SampleTable.Nulls.allCases, [WriteOptions.DataPageVersion.v1, .v2])
  func independentlyRight(
    nulls: SampleTable.Nulls, version: WriteOptions.DataPageVersion
  ) async throws {
    for usesDictionary in [true, false] {
      let table = try SampleTable(rows: 700, nulls: nulls, distinct: 40, seed: 11)
      var options = WriteOptions(
        compression: .snappy, dataPageVersion: version, usesDictionary: usesDictionary)
      options.pageRowCount = 61
      options.maximumStatisticsSize = 7
      let groups = [0..<300, 300..<300, 300..<700]
      let checked = try await PageIndexPeer.check(
        try await table.write(options, rowGroups: groups), isTight: true)
      let columns = table.columns.count
      #expect(checked.chunks == 2 * columns)
      #expect(checked.offsetIndexes == 2 * columns)
      // Of text, a shortened upper bound does not always exist.
      #expect(checked.columnIndexes >= 2 * columns - 2)
      #expect(checked.pages == (5 + 7) * columns)
      #expect(checked.checksums == checked.pages)
      if nulls != .all { #expect(checked.bounds > checked.pages) }
    }
  }

  @Test("The independent parser notices a wrong bound, count or place")
  func peerNotices() async throws {
    let schema = try ParquetSchema([ColumnDescriptor("n", .int64, isNullable: true)])
    var options = WriteOptions(compression: .uncompressed, usesDictionary: false)
    options.pageRowCount = 10
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    let validity = (0..<30).map { $0 % 7 != 0 }
    try await writer.writeRowGroup([
      Column(.int64((0..<30).map { $0 % 7 == 0 ? 0 : $0 }), validity: validity)
    ])
    let bytes = try await writer.finish().bytes
    _ = try await PageIndexPeer.check(bytes)
    let file = try await ParquetFile.open(BytesSource(bytes))
    let index = try #require(try await file.pageIndex(rowGroup: 0)[0].columnIndex)
    let offsets = try #require(try await file.pageIndex(rowGroup: 0)[0].offsetIndex)
    let chunk = file.metadata.rowGroups[0].columns[0]
    let columnPlace = try #require(chunk.columnIndex).offset
    let offsetPlace = try #require(chunk.offsetIndex).offset

    func damaged(_ place: Int, _ replacement: [UInt8]) -> [UInt8] {
      var copy = bytes
      copy.replaceSubrange(place..<place + replacement.count, with: replacement)
      return copy
    }
    var wrongBound = index
    wrongBound.minima[1] = [12, 0, 0, 0, 0, 0, 0, 0]
    var wrongCount = index
    wrongCount.nullCounts?[2] = 0
    var wrongPlace = offsets
    wrongPlace.pages[1].firstRow = 11
    for copy in [
      damaged(columnPlace, wrongBound.encode()), damaged(columnPlace, wrongCount.encode()),
      damaged(offsetPlace, wrongPlace.encode()),
    ] {
      #expect(copy.count == bytes.count && copy != bytes)
      await #expect(throws: PythonPeer.Failure.self) { try await PageIndexPeer.check(copy) }
    }
  }

  @Test("What is written is read back, and the bounds of a sorted column ascend")
  func readBack() async throws {
    let schema = try ParquetSchema([
      ColumnDescriptor("up", .int64), ColumnDescriptor("down", .int32),
      ColumnDescriptor("mixed", .byteArray, .string, isNullable: true),
    ])
    var options = WriteOptions()
    options.pageRowCount = 100
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    let texts = (0..<250).map { $0 < 100 ? "" : $0 < 200 ? "m\($0)" : "a\($0)" }
    try await writer.writeRowGroup([
      Column(.int64((0..<250).map(Int64.init))), Column(.int32((0..<250).map { -$0 })),
      Column(.byteArray(try ByteArrays(texts)), validity: (0..<250).map { $0 >= 100 }),
    ])
    let file = try await ParquetFile.open(BytesSource(try await writer.finish().bytes))
    let indexes = try await file.pageIndex(rowGroup: 0)
    #expect(
      indexes.map { $0.offsetIndex?.pages.map(\.firstRow) } == [
        [0, 100, 200], [0, 100, 200], [0, 100, 200],
      ])
    let orders = indexes.map { $0.columnIndex?.boundaryOrder }
    #expect(orders == [.ascending, .descending, .descending])
    let text = try #require(indexes[2].columnIndex)
    #expect(text.isNullPage == [true, false, false])
    #expect(text.nullCounts == [100, 0, 0])
    #expect(text.minima == [[], Array("m100".utf8), Array("a200".utf8)])
    #expect(text.maxima == [[], Array("m199".utf8), Array("a249".utf8)])
  }

  @Test("Indexes lie before the footer, column indexes together, then offset indexes")
  func placement() async throws {
    let table = try SampleTable(rows: 90, nulls: .some, distinct: 9, seed: 3)
    var options = WriteOptions()
    options.pageRowCount = 20
    let bytes = try await table.write(options, rowGroups: [0..<50, 50..<90])
    let file = try await ParquetFile.open(BytesSource(bytes))
    let chunks = file.metadata.rowGroups.flatMap(\.columns)
    let pagesEnd = chunks.compactMap { $0.byteRange()?.upperBound }.max() ?? 0
    var next = pagesEnd
    for range in chunks.compactMap(\.columnIndex) + chunks.compactMap(\.offsetIndex) {
      #expect(range.offset == next)
      next += range.length
    }
    #expect(next == file.footerOffset)
  }

  @Test("A page of NaN alone, or without a shortened upper bound, leaves only the offset index")
  func boundsThatCannotBeWritten() async throws {
    let schema = try ParquetSchema([
      ColumnDescriptor("x", .double), ColumnDescriptor("b", .byteArray),
      ColumnDescriptor("i", .fixedLengthByteArray, typeLength: 12, .interval),
    ])
    var options = WriteOptions()
    options.pageRowCount = 2
    options.maximumStatisticsSize = 3
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    var blobs = ByteArrays()
    for blob in [[1], [2], [255, 255, 255, 255], [0]] as [[UInt8]] { try blobs.append(blob) }
    try await writer.writeRowGroup([
      Column(.double([1, 2, .nan, .nan])), Column(.byteArray(blobs)),
      Column(.fixedLengthByteArray(width: 12, bytes: Array(repeating: 1, count: 48))),
    ])
    let file = try await ParquetFile.open(BytesSource(try await writer.finish().bytes))
    for index in try await file.pageIndex(rowGroup: 0) {
      #expect(index.columnIndex == nil)
      #expect(index.offsetIndex?.pages.count == 2)
    }
  }

  @Test("Without the option no index is written")
  func switchedOff() async throws {
    let table = try SampleTable(rows: 10, nulls: .none, distinct: 3, seed: 4)
    var options = WriteOptions()
    options.writesPageIndex = false
    let file = try await ParquetFile.open(BytesSource(try await table.write(options)))
    for index in try await file.pageIndex(rowGroup: 0) { #expect(index == PageIndex()) }
  }

  @Test("Footer and page indexes take one read when the tail holds them, and none twice")
  func oneRead() async throws {
    let schema = try ParquetSchema([
      ColumnDescriptor("n", .int64), ColumnDescriptor("t", .byteArray, .string),
    ])
    var options = WriteOptions(compression: .uncompressed, usesDictionary: false)
    options.pageRowCount = 500
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    for group in 0..<5 {
      let numbers = (0..<5000).map { Int64($0 + group * 5000) }
      try await writer.writeRowGroup([
        Column(.int64(numbers)), Column(.byteArray(try ByteArrays(numbers.map { "id\($0)" }))),
      ])
    }
    let source = CountingSource(try await writer.finish().bytes)
    let size = await source.size
    let file = try await ParquetFile.open(source)
    for group in 0..<5 { #expect(try await file.pageIndex(rowGroup: group).count == 2) }
    #expect(await source.reads == [size - 65536..<size])

    // With a tail that holds less than the footer, the rest of it is one more read, and the indexes of
    // a row group are two: its column indexes and its offset indexes.
    await source.forgetReads()
    var readOptions = ReadOptions()
    readOptions.tailSize = 100
    readOptions.coalescedGap = 0
    let again = try await ParquetFile.open(source, options: readOptions)
    #expect(await source.reads == [size - 100..<size, again.footerOffset..<size - 100])
    await source.forgetReads()
    let one = try await again.pageIndex(rowGroup: 2)
    #expect(await source.reads.count == 2)
    #expect(one == (try await file.pageIndex(rowGroup: 2)))
  }

  @Test(
    "Page indexes of files that others wrote are read",
    arguments: [
      "alltypes_tiny_pages", "data_index_bloom_encoding_stats", "binary_truncated_min_max",
    ])
  func foreign(name: String) async throws {
    let path = try ForeignFileTests.path(name)
    let checked = try #require(try await PageIndexPeer.check([path]).first)
    let file = try await ParquetFile.open(try FileSource(path: path))
    var offsetIndexes = 0
    var columnIndexes = 0
    var pages = 0
    for group in file.metadata.rowGroups.indices {
      for index in try await file.pageIndex(rowGroup: group) {
        offsetIndexes += index.offsetIndex == nil ? 0 : 1
        columnIndexes += index.columnIndex == nil ? 0 : 1
        pages += index.offsetIndex?.pages.count ?? 0
      }
    }
    #expect(offsetIndexes == checked.offsetIndexes)
    #expect(columnIndexes == checked.columnIndexes)
    #expect(pages == checked.pages)
  }

  @Test("NaN as a bound, and bounds in an order that is not known, say nothing and are no damage")
  func nanOfOthers() async throws {
    let path = try ForeignFileTests.path("floating_orders_nan_count")
    let file = try await ParquetFile.open(try FileSource(path: path))
    let columns = Array(file.schema.columns.indices)
    for group in file.metadata.rowGroups.indices {
      let ranges = try await file.pageRanges(rowGroup: group, columns: columns)
      // In the third row group every value is NaN; columns 1 and 3 alone are in the type's order.
      for column in columns {
        let page = try #require(ranges[column]?.first?.range)
        let isKnown = [0, 3, 4].contains(group) && [1, 3].contains(column)
        #expect((page.minimum != nil) == isKnown && (page.maximum != nil) == isKnown)
      }
    }
    #expect(try await file.pageIndex(rowGroup: 2)[0].columnIndex?.minima.count == 1)
  }

  /// A column that ascends in three pages, of which the second has NaN for its lower bound.
  static func withNaN() async throws -> [UInt8] {
    let schema = try ParquetSchema([ColumnDescriptor("x", .double), ColumnDescriptor("n", .int32)])
    var options = WriteOptions()
    options.pageRowCount = 2
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    try await writer.writeRowGroup([
      Column(.double([1, 2, 3, 4, 5, 6])), Column(.int32([1, 2, 3, 4, 5, 6])),
    ])
    var bytes = try await writer.finish().bytes
    let file = try await ParquetFile.open(BytesSource(bytes))
    let place = try #require(file.metadata.rowGroups[0].columns[0].columnIndex)
    var index = try #require(try await file.pageIndex(rowGroup: 0)[0].columnIndex)
    index.minima[1] = [0, 0, 0, 0, 0, 0, 0xF8, 0x7F]
    let encoded = index.encode()
    #expect(encoded.count == place.length && index.boundaryOrder == .ascending)
    bytes.replaceSubrange(place.offset..<place.offset + place.length, with: encoded)
    return bytes
  }

  @Test("A page with NaN as a bound leaves those of the other pages")
  func nanInOnePage() async throws {
    let file = try await ParquetFile.open(BytesSource(try await Self.withNaN()))
    let ranges = try await file.pageRanges(rowGroup: 0, columns: [0, 1])
    #expect(
      ranges[0]?.map(\.range.minimum?.value) == [.floatingPoint(1), nil, .floatingPoint(5)])
    #expect(
      ranges[0]?.map(\.range.maximum?.value) == [.floatingPoint(2), nil, .floatingPoint(6)])
    #expect(ranges[1]?.map(\.range.maximum?.value) == [.signed(2), .signed(4), .signed(6)])
  }
}
