import Foundation
import TestSupport
import Testing

@testable import ParquetKit

struct AdoptionTests {
  /// The rows of some row groups as JSON.
  private static func rows(_ rowGroups: [Int], of file: ParquetFile) async throws -> [[UInt8]] {
    let formatter = RowFormatter(file.schema.columns)
    var lines: [[UInt8]] = []
    for rowGroup in rowGroups {
      let columns = try await file.readRowGroup(rowGroup)
      for row in 0..<file.metadata.rowGroups[rowGroup].rowCount {
        var line: [UInt8] = []
        formatter.appendJSON(row: row, of: columns, to: &line)
        lines.append(line)
      }
    }
    return lines
  }

  private static func open(_ bytes: [UInt8]) async throws -> ParquetFile {
    try await ParquetFile.open(BytesSource(bytes))
  }

  /// A file that takes over row groups of another in a random order, some of them, with row groups
  /// that are decoded and written anew between them; and the rows that it must have.
  private static func mixture(
    of source: [UInt8], seed: UInt64
  ) async throws -> (bytes: [UInt8], rows: [[UInt8]]) {
    var random = SplitMix64(seed: seed)
    let file = try await open(source)
    var options = WriteOptions(compression: [.zstd, .snappy, .uncompressed][random.below(3)])
    options.pageRowCount = 10 + random.below(50)
    var writer = try ParquetWriter(
      to: BytesSink(), schema: ParquetSchema(file.schema.columns), options: options)
    var expected: [[UInt8]] = []
    var left = Array(file.metadata.rowGroups.indices).shuffled(using: &random)
    left.removeLast(random.below(2))
    if random.one(in: 3) { left.sort() }
    while !left.isEmpty {
      if random.one(in: 3) {
        let group = random.below(file.metadata.rowGroups.count)
        let rows = try await rows([group], of: file)
        let from = random.below(rows.count + 1)
        let range = from..<from + random.below(rows.count - from + 1)
        try await writer.writeRowGroup(try await file.readRowGroup(group), rows: range)
        expected += rows[range]
      }
      let adopted = Array(left.prefix(1 + random.below(left.count)))
      left.removeFirst(adopted.count)
      #expect(try await writer.adopt(adopted, of: file).isEmpty)
      expected += try await rows(adopted, of: file)
    }
    return (try await writer.finish(keyValueMetadata: []).bytes, expected)
  }

  @Test("Row groups of our files, taken over at random, read back equal everywhere")
  func ours() async throws {
    var files: [[UInt8]] = []
    for seed in 1...8 as ClosedRange<UInt64> {
      var random = SplitMix64(seed: seed)
      let nulls = SampleTable.Nulls.allCases[random.below(3)]
      let table = try SampleTable(
        rows: 120, nulls: nulls, distinct: 1 + random.below(60), seed: seed)
      var options = WriteOptions(
        compression: RoundTripTests.codecs[random.below(4)],
        dataPageVersion: random.one(in: 2) ? .v1 : .v2, usesDictionary: random.one(in: 2))
      options.pageRowCount = 5 + random.below(40)
      options.writesPageIndex = !random.one(in: 4)
      let source = try await table.write(
        options, rowGroups: [0..<33, 33..<34, 34..<34, 34..<90, 90..<120])
      let (bytes, expected) = try await Self.mixture(of: source, seed: seed)
      let file = try await Self.open(bytes)
      let read = try await Self.rows(Array(file.metadata.rowGroups.indices), of: file)
      #expect(read == expected, "seed \(seed)")
      #expect(file.metadata.rowCount == expected.count, "seed \(seed)")
      try await PeerRows.expect(
        bytes, as: expected, readers: seed < 4 ? ["pyarrow", "polars", "duckdb"] : ["pyarrow"],
        "seed \(seed)")
      files.append(bytes)
    }
    try await Self.checkWithPeer(files)
  }

  /// Statistics, page indexes and page checksums of all files hold.
  private static func checkWithPeer(_ files: [[UInt8]]) async throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("adopted-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    var paths: [String] = []
    for (number, file) in files.enumerated() {
      paths.append(directory.appendingPathComponent("\(number).parquet").path)
      try Data(file).write(to: URL(fileURLWithPath: paths[number]))
    }
    let checked = try await PageIndexPeer.check(paths)
    #expect(checked.count == files.count)
    #expect(checked.allSatisfy { $0.chunks > 0 })
    #expect(checked.contains { $0.checksums > 0 && $0.offsetIndexes == $0.chunks })
  }

  @Test(
    "Row groups of pyarrow's, Polars' and DuckDB's files, taken over at random, read back equal")
  func foreign() async throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("foreign-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let names = String(
      decoding: try await PythonPeer.run("write_foreign.py", [directory.path, "7"]), as: UTF8.self)
    var files: [[UInt8]] = []
    for (number, name) in names.split(separator: "\n").enumerated() {
      let seed = UInt64(50 + number)
      let source = try Data(contentsOf: directory.appendingPathComponent(String(name)))
      let (bytes, expected) = try await Self.mixture(of: Array(source), seed: seed)
      let file = try await Self.open(bytes)
      let read = try await Self.rows(Array(file.metadata.rowGroups.indices), of: file)
      #expect(read == expected, "\(name), seed \(seed)")
      try await PeerRows.expect(bytes, as: expected, readers: ["pyarrow"], "\(name), seed \(seed)")
      files.append(bytes)
    }
    #expect(files.count == 5)
    try await Self.checkWithPeer(files)
  }

  /// A sink of a store that copies on its side.
  private struct ServerSideSink: ByteSink {
    var bytes: [UInt8] = []
    var copies: [Range<Int>] = []
    var written = 0

    mutating func write(_ bytes: [UInt8]) {
      self.bytes += bytes
      written += bytes.count
    }

    mutating func copy(_ range: Range<Int>, of source: any ByteRangeSource) async throws {
      copies.append(range)
      bytes += try await source.read(range)
    }
  }

  private static func sorted(groups: Int) async throws -> (bytes: [UInt8], schema: ParquetSchema) {
    let schema = try ParquetSchema([
      ColumnDescriptor("n", .int64), ColumnDescriptor("t", .byteArray, .string, isNullable: true),
    ])
    var options = WriteOptions(sortingColumns: [SortingColumn(column: 0)])
    options.pageRowCount = 20
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    for group in 0..<groups { try await writer.writeRowGroup(try columns(group)) }
    return (try await writer.finish().bytes, schema)
  }

  private static func columns(_ group: Int) throws -> [Column] {
    let numbers = (0..<50).map { Int64(group * 50 + $0) }
    return [
      Column(.int64(numbers)),
      Column(
        .byteArray(try ByteArrays(numbers.map { $0 % 3 == 0 ? "" : "t\($0)" })),
        validity: numbers.map { $0 % 3 != 0 }),
    ]
  }

  @Test("Neighbouring row groups are one copy, the first ones together with the magic number")
  func copies() async throws {
    let (source, schema) = try await Self.sorted(groups: 6)
    let file = try await Self.open(source)
    var writer = try ParquetWriter(to: ServerSideSink(), schema: schema)
    try await writer.adopt([0, 1, 2], of: file)
    try await writer.writeRowGroup(try Self.columns(3))
    try await writer.adopt([4, 5], of: file)
    let sink = try await writer.finish()
    let ends = try (0..<6).map { try file.end(ofRowGroups: [$0]) }
    #expect(sink.copies == [0..<ends[2], ends[3]..<ends[5]])
    // What passed through here is the one row group, the page index and the footer.
    #expect(sink.written < source.count - ends[5] + ends[3] - ends[2] + 100)
    let result = try await Self.open(sink.bytes)
    #expect(
      try await Self.rows(Array(0..<6), of: result)
        == (try await Self.rows(Array(0..<6), of: file)))
    #expect(result.metadata.rowGroups.map(\.ordinal) == [0, 1, 2, 3, 4, 5])
    #expect(result.metadata.rowGroups[4].sortingColumns == [SortingColumn(column: 0)])
  }

  @Test("Of a prefix that the destination holds, the sink gets nothing again", arguments: 0..<6)
  func prefix(kept: Int) async throws {
    let (source, schema) = try await Self.sorted(groups: 5)
    let file = try await Self.open(source)
    let held = Array(0..<kept)
    let end = try file.end(ofRowGroups: held)
    // Bytes behind the row groups may be held too: they are only not referred to.
    for size in [end, min(source.count, end + 100), source.count] {
      var writer = try ParquetWriter(to: BytesSink(), schema: schema)
      try await writer.adopt(held, of: file, prefixSize: size)
      try await writer.writeRowGroup(try Self.columns(99))
      let bytes = Array(source[..<size]) + (try await writer.finish().bytes)
      let result = try await Self.open(bytes)
      #expect(result.metadata.rowGroups.count == kept + 1)
      #expect(
        try await Self.rows(held, of: result) == (try await Self.rows(held, of: file)))
      #expect(try await result.readRowGroup(kept)[0].values == (try Self.columns(99)[0].values))
      let checked = try await PageIndexPeer.check(bytes)
      #expect(checked.columnIndexes == 2 * (kept + 1))
    }
  }

  @Test("Large row groups pass through in pieces")
  func pieces() async throws {
    let schema = try ParquetSchema([
      ColumnDescriptor("blob", .fixedLengthByteArray, typeLength: 1 << 16)
    ])
    var writer = try ParquetWriter(
      to: BytesSink(), schema: schema,
      options: WriteOptions(compression: .uncompressed, usesDictionary: false))
    let blobs = [UInt8](repeating: 7, count: 100 << 16)
    try await writer.writeRowGroup([Column(.fixedLengthByteArray(width: 1 << 16, bytes: blobs))])
    let source = CountingSource(try await writer.finish().bytes)
    let file = try await ParquetFile.open(source)
    await source.forgetReads()
    var copy = try ParquetWriter(to: BytesSink(), schema: schema)
    try await copy.adopt([0], of: file)
    let bytes = try await copy.finish().bytes
    #expect(await source.reads.allSatisfy { $0.count <= 4 << 20 })
    #expect(await source.reads.filter { $0.count > 1 << 20 }.count == 2)
    let result = try await Self.open(bytes)
    #expect(
      try await result.readRowGroup(0)[0].values
        == .fixedLengthByteArray(width: 1 << 16, bytes: blobs))
  }

  @Test("Columns that differ in name, type, meaning, nullability or number are refused")
  func otherSchemas() async throws {
    let (source, _) = try await Self.sorted(groups: 1)
    let file = try await Self.open(source)
    let number = ColumnDescriptor("n", .int64)
    let text = ColumnDescriptor("t", .byteArray, .string, isNullable: true)
    let cases: [([ColumnDescriptor], String)] = [
      ([number], "has 2 columns, this one has 1"),
      ([ColumnDescriptor("m", .int64), text], "has \"n\", required INT64, here"),
      ([ColumnDescriptor("n", .int32), text], "this one has \"n\", required INT32"),
      (
        [ColumnDescriptor("n", .int64, .timestamp(.microseconds, isAdjustedToUTC: true)), text],
        "TIMESTAMP(MICROS, UTC)"
      ),
      ([ColumnDescriptor("n", .int64, isNullable: true), text], "optional INT64"),
      ([number, ColumnDescriptor("t", .byteArray, .string)], "column \"t\""),
      ([number, ColumnDescriptor("t", .byteArray, isNullable: true)], "BYTE_ARRAY STRING"),
      ([text, number], "column \"t\""),
    ]
    for (columns, sentence) in cases {
      var writer = try ParquetWriter(to: BytesSink(), schema: ParquetSchema(columns))
      do {
        try await writer.adopt([0], of: file)
        Issue.record("taken over: \(columns)")
      } catch let error as ParquetError {
        #expect(error.code == .invalidArgument)
        #expect("\(error)".contains(sentence), "\(error)")
      }
      // The writer is as it was.
      #expect(try await writer.finish().bytes.starts(with: Array("PAR1".utf8)))
    }
    // An annotation that says nothing is no difference, nor is a field's id.
    var writer = try ParquetWriter(
      to: BytesSink(),
      schema: ParquetSchema([
        ColumnDescriptor("n", .int64, .integer(bitWidth: 64, isSigned: true), fieldID: 3), text,
      ]))
    try await writer.adopt([0], of: file)
    let result = try await Self.open(try await writer.finish().bytes)
    #expect(result.rowCount == 50)
  }

  @Test("Row groups that do not exist, come twice or lie beyond the prefix are refused")
  func impossible() async throws {
    let (source, schema) = try await Self.sorted(groups: 3)
    let file = try await Self.open(source)
    var writer = try ParquetWriter(to: BytesSink(), schema: schema)
    for rowGroups in [[3], [-1], [1, 1]] {
      await #expect(throws: ParquetError.self) { try await writer.adopt(rowGroups, of: file) }
    }
    let end = try file.end(ofRowGroups: [0, 1])
    for (rowGroups, size) in [([0, 1], end - 1), ([2], end), ([], 3), ([], source.count + 1)] {
      do {
        try await writer.adopt(rowGroups, of: file, prefixSize: size)
        Issue.record("taken over: \(rowGroups) of \(size) bytes")
      } catch let error as ParquetError {
        #expect(error.code == .invalidArgument)
      }
    }
    try await writer.adopt([2], of: file)
    await #expect(throws: ParquetError.self) {
      try await writer.adopt([0], of: file, prefixSize: end)
    }
    let result = try await Self.open(try await writer.finish().bytes)
    #expect(
      try await Self.rows([0], of: result) == (try await Self.rows([2], of: file)))
  }

  /// The same file with a footer that has been changed.
  private static func with(
    _ source: [UInt8], _ change: (inout FileMetadata) -> Void
  ) async throws -> ParquetFile {
    let file = try await open(source)
    var metadata = file.metadata
    change(&metadata)
    var bytes = Array(source[..<file.footerOffset])
    let footer = metadata.encode()
    bytes += footer
    withUnsafeBytes(of: UInt32(footer.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes += Array("PAR1".utf8)
    return try await open(bytes)
  }

  @Test("Chunks that overlap, lie elsewhere or state impossible counts are refused")
  func impossibleChunks() async throws {
    let (source, schema) = try await Self.sorted(groups: 2)
    let changes: [(String, (inout FileMetadata) -> Void)] = [
      (
        "overlaps",
        { $0.rowGroups[1].columns[0].dataPageOffset = $0.rowGroups[0].columns[1].dataPageOffset }
      ),
      ("in another file", { $0.rowGroups[1].columns[1].filePath = "other.parquet" }),
      ("before the footer", { $0.rowGroups[1].columns[1].totalCompressedSize = 1 << 40 }),
      ("for 51 rows", { $0.rowGroups[1].rowCount = 51 }),
      (
        "not within the column chunk",
        {
          $0.rowGroups[1].columns[0].dictionaryPageOffset = 4
          $0.rowGroups[1].columns[0].totalCompressedSize = 10
        }
      ),
      ("wrong sizes", { $0.createdBy = "parquet-mr version 1.2.8" }),
    ]
    for (sentence, change) in changes {
      let file = try await Self.with(source, change)
      var writer = try ParquetWriter(to: BytesSink(), schema: schema)
      do {
        try await writer.adopt(sentence == "overlaps" ? [0, 1] : [1], of: file)
        Issue.record("taken over: \(sentence)")
      } catch let error as ParquetError {
        #expect("\(error)".contains(sentence), "\(error)")
      }
    }
  }

  @Test("Bounds of a writer that got them wrong are not passed off as ours")
  func untrustedBounds() async throws {
    let schema = try ParquetSchema([
      ColumnDescriptor("n", .int64), ColumnDescriptor("t", .byteArray, .string),
      ColumnDescriptor("u", .int32, .integer(bitWidth: 32, isSigned: false)),
    ])
    for (createdBy, isTrusted) in [
      ("parquet-mr version 1.8.1 (build 4aba4da)", false), ("parquet-mr version 1.9", false),
      ("parquet-cpp version 1.2.9", false), ("parquet-mr version 1.10.0 (build 0)", true),
      ("parquet-cpp-arrow version 1.0.0", true), ("Polars", true),
    ] {
      var options = WriteOptions()
      options.createdBy = createdBy
      var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
      try await writer.writeRowGroup([
        Column(.int64([5, -5])), Column(.byteArray(try ByteArrays(["z", "é"]))),
        Column(.int32([-1, 1])),
      ])
      let file = try await Self.open(try await writer.finish().bytes)
      let before = try file.ranges(rowGroup: 0, columns: [0, 1, 2])
      #expect(before.map { $0.minimum != nil } == [true, isTrusted, isTrusted], "\(createdBy)")
      var adopting = try ParquetWriter(to: BytesSink(), schema: schema)
      let leftOut = try await adopting.adopt([0], of: file)
      #expect(leftOut.map(\.location.column) == (isTrusted ? [] : ["t", "u"]))
      let result = try await Self.open(try await adopting.finish().bytes)
      #expect(try result.ranges(rowGroup: 0, columns: [0, 1, 2]) == before)
      let indexes = try await result.pageIndex(rowGroup: 0)
      #expect(indexes.map { $0.columnIndex != nil } == [true, isTrusted, isTrusted])
      #expect(indexes.allSatisfy { $0.offsetIndex != nil })
      #expect(result.metadata.rowGroups[0].columns[1].statistics?.nullCount == 0)
    }
  }

  @Test("Bounds without a defined order, and those that contradict one another, stay behind")
  func undefinedOrder() async throws {
    let (source, schema) = try await Self.sorted(groups: 1)
    let changes: [(inout FileMetadata) -> Void] = [
      { $0.hasTypeDefinedOrder = nil },
      { $0.hasTypeDefinedOrder = [false, true] },
      {
        let statistics = $0.rowGroups[0].columns[0].statistics
        $0.rowGroups[0].columns[0].statistics?.minimum = statistics?.maximum
        $0.rowGroups[0].columns[0].statistics?.maximum = statistics?.minimum
      },
      { $0.rowGroups[0].columns[0].statistics?.minimum = [1] },
    ]
    for change in changes {
      let file = try await Self.with(source, change)
      #expect(try file.ranges(rowGroup: 0, columns: [0])[0].minimum == nil)
      var writer = try ParquetWriter(to: BytesSink(), schema: schema)
      #expect(try await writer.adopt([0], of: file).isEmpty == false)
      let result = try await Self.open(try await writer.finish().bytes)
      #expect(result.metadata.rowGroups[0].columns[0].statistics?.minimum == nil)
      #expect(result.metadata.rowGroups[0].columns[0].statistics?.isMinimumExact == nil)
    }
  }

  @Test("A page index that contradicts itself stays behind, and is named")
  func brokenIndexes() async throws {
    let (source, schema) = try await Self.sorted(groups: 2)
    let file = try await Self.open(source)
    let range = try #require(file.metadata.rowGroups[1].columns[0].offsetIndex)
    var index = try #require(try await file.pageIndex(rowGroup: 1)[0].offsetIndex)
    index.pages[1].firstRow = 60
    var bytes = source
    bytes.replaceSubrange(range.offset..<range.offset + range.length, with: index.encode())
    let damaged = try await Self.open(bytes)
    await #expect(throws: ParquetError.self) { try await damaged.pageIndex(rowGroup: 1) }
    var writer = try ParquetWriter(to: BytesSink(), schema: schema)
    let leftOut = try await writer.adopt([0, 1], of: damaged)
    #expect(leftOut.map(\.location.rowGroup) == [1])
    #expect(leftOut.map(\.location.column) == ["n"])
    let result = try await Self.open(try await writer.finish().bytes)
    let indexes = try await result.pageIndex(rowGroup: 1)
    #expect(indexes[0] == PageIndex())
    #expect(indexes[1].columnIndex != nil)
    #expect(
      try await Self.rows([0, 1], of: result) == (try await Self.rows([0, 1], of: file)))
  }

  @Test("A Bloom filter within the held prefix keeps its place, another one is forgotten")
  func bloomFilters() async throws {
    let (source, schema) = try await Self.sorted(groups: 2)
    let file = try await Self.with(source) {
      $0.rowGroups[0].columns[0].bloomFilterOffset = 100
      $0.rowGroups[0].columns[0].bloomFilterLength = 20
      $0.rowGroups[0].columns[1].bloomFilterOffset = 100
    }
    var writer = try ParquetWriter(to: BytesSink(), schema: schema)
    let end = try file.end(ofRowGroups: [0, 1])
    try await writer.adopt([0, 1], of: file, prefixSize: end)
    let bytes = Array(source[..<end]) + (try await writer.finish().bytes)
    let chunks = try await Self.open(bytes).metadata.rowGroups[0].columns
    #expect(chunks[0].bloomFilterOffset == 100)
    #expect(chunks[0].bloomFilterLength == 20)
    #expect(chunks[1].bloomFilterOffset == nil)
  }

  @Test("After a source or sink has failed in the middle, the writer refuses to go on")
  func failingSource() async throws {
    struct Failing: ByteRangeSource {
      let bytes: [UInt8]
      var size: Int { bytes.count }
      func read(_ range: Range<Int>) throws(ParquetError) -> [UInt8] {
        if range.upperBound == bytes.count { return Array(bytes[range]) }
        throw ParquetError(.inputOutput, "The connection is lost.")
      }
    }
    let (source, schema) = try await Self.sorted(groups: 2)
    let file = try await ParquetFile.open(Failing(bytes: source))
    var writer = try ParquetWriter(to: BytesSink(), schema: schema)
    await #expect(throws: ParquetError.self) { try await writer.adopt([0], of: file) }
    await #expect(throws: ParquetError.self) { try await writer.writeRowGroup(try Self.columns(1)) }
  }

  @Test("A column index with NaN as a bound stays behind and is named")
  func nanBounds() async throws {
    let file = try await Self.open(try await PageIndexTests.withNaN())
    var writer = try ParquetWriter(to: BytesSink(), schema: file.schema)
    let leftOut = try await writer.adopt([0], of: file)
    #expect(leftOut.map(\.location.column) == ["x"])
    let copy = try await Self.open(try await writer.finish().bytes)
    let indexes = try await copy.pageIndex(rowGroup: 0)
    #expect(indexes[0].columnIndex == nil && indexes[0].offsetIndex?.pages.count == 3)
    #expect(indexes[1].columnIndex?.maxima.count == 3)
  }

  @Test("Page indexes of more than the limit are read in parts, and an excess stays behind")
  func manyPageIndexes() async throws {
    let (bytes, schema) = try await Self.sorted(groups: 4)
    let file = try await Self.open(bytes)
    let sizes = file.metadata.rowGroups.map { group in
      group.columns.reduce(0) {
        $0 + ($1.columnIndex?.length ?? 0) + ($1.offsetIndex?.length ?? 0)
      }
    }
    let largest = try #require(sizes.max())
    #expect(largest > 0 && sizes.count == 4)
    let expected = try await Self.rows([0, 1, 2, 3], of: file)
    for limit in [2 * largest, largest, largest - 1, 0] {
      var options = ReadOptions()
      options.maximumPageIndexSize = limit
      let limited = try await ParquetFile.open(BytesSource(bytes), options: options)
      var writer = try ParquetWriter(to: BytesSink(), schema: schema)
      let leftOut = try await writer.adopt([0, 1, 2, 3], of: limited)
      #expect(leftOut.allSatisfy { $0.code == .limitExceeded && $0.location.rowGroup != nil })
      #expect(leftOut.isEmpty == (limit >= largest))
      let copy = try await Self.open(try await writer.finish().bytes)
      #expect(try await Self.rows([0, 1, 2, 3], of: copy) == expected)
      for group in 0..<4 {
        let indexes = try await copy.pageIndex(rowGroup: group)
        if limit >= largest { #expect(indexes.allSatisfy { $0.columnIndex != nil }) }
        if limit == 0 { #expect(indexes.allSatisfy { $0 == PageIndex() }) }
      }
    }
  }

  @Test("An offset index whose sizes leave the headers out stays behind and is named")
  func sizesWithoutHeaders() async throws {
    let file = try await Self.open(try await RowRangeTests.withoutHeaders())
    var writer = try ParquetWriter(to: BytesSink(), schema: file.schema)
    let leftOut = try await writer.adopt([0], of: file)
    #expect(leftOut.map(\.location.column) == ["n"])
    #expect(leftOut.map(\.code) == [.corrupt])
    let copy = try await Self.open(try await writer.finish().bytes)
    #expect(try await copy.pageIndex(rowGroup: 0) == [PageIndex()])
    #expect(try await Self.rows([0], of: copy) == (try await Self.rows([0], of: file)))
  }
}
