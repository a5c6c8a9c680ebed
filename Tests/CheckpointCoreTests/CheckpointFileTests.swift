import EventLogModel
import ParquetKit
import Testing

@testable import CheckpointCore

@Suite("Checkpoint files")
struct CheckpointFileTests {
  private func batch(_ count: Int, seed: UInt64 = 1) throws -> EventBatch {
    var random = SplitMix64(seed: seed)
    let versions = (0..<count).map { index in
      var event = TestEvent.random(&random)
      event.ptid = "\(index)"
      return (event: event, modified: random.pick([nil, 1, 2]))
    }
    return try BatchMerge.merge(
      existing: EventBatch(schema: .visitEvent), new: EventBatch.of(versions)
    ).batch
  }

  @Test(
    "What is written is read again, with each compression",
    arguments: [Compression.zstd, .snappy, .gzip, .uncompressed])
  func roundTrip(compression: Compression) async throws {
    let batch = try batch(500)
    let mark = CheckpointFile.Mark(
      completeUntil: Timestamp(microsecondsSinceEpoch: 1_700_000_000_000_001), basis: "b")
    let bytes = try await CheckpointFile.encode(batch, mark: mark, compression: compression)
    let again = try await CheckpointFile.encode(batch, mark: mark, compression: compression)
    #expect(bytes == again)
    let file = try await CheckpointFile.decode(bytes, schema: .visitEvent)
    #expect(file.batch.plainRows == batch.plainRows)
    #expect(file.mark == mark)
    #expect(file.missingColumns.isEmpty)
    let parquet = try await ParquetFile.open(BytesSource(bytes))
    let sorting = try #require(parquet.metadata.rowGroups.first?.sortingColumns)
    #expect(
      sorting.map { parquet.schema.columns[$0.column].name }
        == EventSchema.visitEvent.order.map { EventSchema.visitEvent.fields[$0].name })
  }

  @Test("Equal rows give equal bytes, however they came together")
  func deterministic() async throws {
    let batch = try batch(60, seed: 3)
    var random = SplitMix64(seed: 4)
    var expected: [UInt8]?
    for _ in 0..<10 {
      let rows = Array(0..<60).shuffled(using: &random)
      var merged = EventBatch(schema: .visitEvent)
      for start in stride(from: 0, to: 60, by: 20) {
        merged = try BatchMerge.merge(
          existing: merged, new: batch, rows: Array(rows[start..<start + 20])
        ).batch
      }
      let bytes = try await CheckpointFile.encode(merged, mark: nil, compression: .zstd)
      #expect(expected == nil || expected == bytes)
      expected = bytes
    }
  }

  @Test("Every truncation and thousands of flipped bits give an error or the same rows")
  func damage() async throws {
    let batch = try batch(40)
    let bytes = try await CheckpointFile.encode(batch, mark: nil, compression: .snappy)
    for count in stride(from: 0, to: bytes.count, by: 37) {
      await #expect(throws: CheckpointFileError.self) {
        _ = try await CheckpointFile.decode(Array(bytes[..<count]), schema: .visitEvent)
      }
    }
    let seed: UInt64 = 5
    var random = SplitMix64(seed: seed)
    for _ in 0..<1500 {
      var damaged = bytes
      damaged[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
      do {
        _ = try await CheckpointFile.decode(damaged, schema: .visitEvent)
      } catch {
        #expect(error is CheckpointFileError)
      }
    }
  }

  /// Columns of other writers: plain strings, wider integers, other units.
  private func foreignFile(
    _ columns: [(ColumnDescriptor, Column)]
  ) async throws -> [UInt8] {
    var writer = try ParquetWriter(
      to: BytesSink(), schema: ParquetSchema(columns.map(\.0)),
      options: WriteOptions(usesDictionary: false))
    try await writer.writeRowGroup(columns.map(\.1))
    return try await writer.finish().bytes
  }

  private func foreignColumns() throws -> [(ColumnDescriptor, Column)] {
    let strings: (String, [String]) throws -> (ColumnDescriptor, Column) = { name, values in
      (
        ColumnDescriptor(name, .byteArray, .string, isNullable: true),
        Column(.byteArray(try ByteArrays(values)))
      )
    }
    return [
      try strings("action", ["submit", "pass-qc"]), try strings("study", ["adrc", "adrc"]),
      (ColumnDescriptor("pipeline_adcid", .int64, isNullable: true), Column(.int64([42, -7]))),
      try strings("project_label", ["p", "p"]), try strings("center_label", ["c", "c"]),
      try strings("gear_name", ["g", "g"]), try strings("ptid", ["1", "2"]),
      try strings("visit_date", ["2024-01-01", "2024-01-02"]),
      (
        ColumnDescriptor("visit_number", .byteArray, .string, isNullable: true),
        Column(.byteArray(try ByteArrays(["", "2"])), validity: [false, true])
      ),
      try strings("datatype", ["form", "form"]), try strings("module", ["UDS", "UDS"]),
      try strings("packet", ["I", "I"]),
      (
        ColumnDescriptor(
          "timestamp", .int64, .timestamp(.nanoseconds, isAdjustedToUTC: false), isNullable: true),
        Column(.int64([-1, 1_700_000_000_000_001_999]))
      ),
    ]
  }

  @Test("A file of 13 columns, of other widths and units, is taken over")
  func olderFile() async throws {
    let bytes = try await foreignFile(foreignColumns())
    let file = try await CheckpointFile.decode(bytes, schema: .visitEvent)
    #expect(file.missingColumns == ["naccid", "modality", "source_modified"])
    #expect(file.mark == nil)
    #expect(file.batch.count == 2)
    let columns = file.batch.columns
    let index = { (name: String) in EventSchema.visitEvent.index(of: name) ?? 0 }
    #expect(columns[index("pipeline_adcid")].int32(at: 1) == -7)
    #expect(columns[index("timestamp")].timestamps == [-1, 1_700_000_000_000_001])
    #expect(columns[index("visit_number")].string(at: 0) == nil)
    #expect(columns[index("visit_number")].string(at: 1) == "2")
    #expect(columns[index("source_modified")].timestamp(at: 0) == nil)
  }

  @Test("A column of no type is one without values, and unsigned integers are read where they fit")
  func untypedColumns() async throws {
    var columns = try foreignColumns()
    // As pyarrow and Polars write what is None in every row.
    columns[8] = (
      ColumnDescriptor("visit_number", .int32, .null, isNullable: true),
      Column(.int32([0, 0]), validity: [false, false])
    )
    columns[2] = (
      ColumnDescriptor("pipeline_adcid", .int32, .integer(bitWidth: 32, isSigned: false)),
      Column(.int32([42, .max]))
    )
    let file = try await CheckpointFile.decode(
      try await foreignFile(columns), schema: .visitEvent)
    let index = { (name: String) in EventSchema.visitEvent.index(of: name) ?? 0 }
    #expect(file.batch.columns[index("visit_number")].string(at: 0) == nil)
    #expect(file.batch.columns[index("pipeline_adcid")].int32(at: 1) == .max)

    columns[2].1 = Column(.int32([42, -1]))
    let tooLarge = try await foreignFile(columns)
    await #expect {
      _ = try await CheckpointFile.decode(tooLarge, schema: .visitEvent)
    } throws: {
      "\($0)".contains("4294967295")
    }
    // A field that must have a value cannot do without a type.
    columns[6] = (
      ColumnDescriptor("ptid", .int32, .null, isNullable: true),
      Column(.int32([0, 0]), validity: [false, false])
    )
    let lacking = try await foreignFile(columns)
    await #expect(throws: CheckpointFileError.self) {
      _ = try await CheckpointFile.decode(lacking, schema: .visitEvent)
    }
  }

  @Test("Columns that are not the event type's are an error with their name")
  func incompatibleFiles() async throws {
    let columns = try foreignColumns()
    var extra = columns
    extra.append((ColumnDescriptor("surprise", .int32), Column(.int32([1, 2]))))
    var lacking = columns
    lacking.remove(at: 6)
    var wrong = columns
    wrong[6] = (ColumnDescriptor("ptid", .double), Column(.double([1, 2])))
    var wide = columns
    wide[2].1 = Column(.int64([1 << 40, 0]))
    var null = columns
    null[6].1 = Column(.byteArray(try ByteArrays(["", "1"])), validity: [false, true])
    var late = columns
    late[12].0 = ColumnDescriptor(
      "timestamp", .int64, .timestamp(.milliseconds, isAdjustedToUTC: true))
    late[12].1 = Column(.int64([.max, .min]))
    for (columns, word) in [
      (extra, "surprise"), (lacking, "ptid"), (wrong, "ptid"), (wide, "pipeline_adcid"),
      (null, "ptid"), (late, "timestamp"),
    ] {
      let bytes = try await foreignFile(columns)
      await #expect {
        _ = try await CheckpointFile.decode(bytes, schema: .visitEvent)
      } throws: { error in
        error is CheckpointFileError && "\(error)".contains("\"\(word)\"")
      }
    }
  }
}
