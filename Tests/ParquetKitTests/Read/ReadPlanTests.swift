import Testing

@testable import ParquetKit

struct ReadPlanTests {
  private static func file(
    gap: Int
  ) async throws -> (file: ParquetFile, source: CountingSource) {
    let schema = try ParquetSchema((0..<4).map { ColumnDescriptor("c\($0)", .int64) })
    var writer = try ParquetWriter(
      to: BytesSink(), schema: schema,
      options: WriteOptions(compression: .uncompressed, usesDictionary: false))
    let column = Column(.int64((0..<1000).map(Int64.init)))
    for _ in 0..<2 { try await writer.writeRowGroup([column, column, column, column]) }
    let source = CountingSource(try await writer.finish().bytes)
    var options = ReadOptions()
    options.coalescedGap = gap
    options.tailSize = 4096
    return (try await ParquetFile.open(source, options: options), source)
  }

  @Test("Neighbouring chunks are one request, distant ones are not")
  func coalescing() async throws {
    let (file, _) = try await Self.file(gap: 0)
    #expect(try file.plan(rowGroup: 0).requests.count == 1)
    #expect(try file.plan(rowGroup: 0, columns: [0, 2]).requests.count == 2)
    #expect(
      try file.plan(rowGroup: 0, columns: [3, 2]).requests.map { $0.chunks.map(\.column) } == [
        [2, 3]
      ])
    let (near, _) = try await Self.file(gap: 1 << 20)
    let plan = try near.plan(rowGroup: 1, columns: [0, 3])
    #expect(plan.requests.count == 1)
    let whole = try near.plan(rowGroup: 1)
    #expect(plan.byteCount == whole.byteCount)
  }

  @Test("Exactly the planned bytes are read, after one read for the footer")
  func readsWhatIsPlanned() async throws {
    let (file, source) = try await Self.file(gap: 0)
    #expect(await source.reads.count == 1)
    let columns = try await file.readRowGroup(1, columns: [3, 1])
    #expect(columns.count == 2)
    let planned = try file.plan(rowGroup: 1, columns: [3, 1]).requests.map(\.range)
    #expect(await Array(source.reads.dropFirst()) == planned)
  }

  @Test("A row group or column that does not exist is an error")
  func outOfRange() async throws {
    let (file, _) = try await Self.file(gap: 0)
    #expect(throws: ParquetError.self) { try file.plan(rowGroup: 2) }
    #expect(throws: ParquetError.self) { try file.plan(rowGroup: -1) }
    #expect(throws: ParquetError.self) { try file.plan(rowGroup: 0, columns: [4]) }
  }

  @Test("A footer larger than the first read is read in full")
  func largeFooter() async throws {
    let schema = try ParquetSchema([ColumnDescriptor("n", .int32)])
    var writer = try ParquetWriter(to: BytesSink(), schema: schema)
    try await writer.writeRowGroup([Column(.int32([42]))])
    let value = String(repeating: "x", count: 200_000)
    let bytes = try await writer.finish(keyValueMetadata: [KeyValue(key: "k", value: value)]).bytes
    let file = try await ParquetFile.open(BytesSource(bytes))
    #expect(file.metadata.value(forKey: "k") == value)
    #expect(try await file.readRowGroup(0)[0].values == .int32([42]))
  }
}
