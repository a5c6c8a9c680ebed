import TestSupport
import Testing

@testable import ParquetKit

/// Nothing that a file says may end in a trap, a hang or a giant allocation. Also run under the
/// address sanitizer (`make sanitize`).
struct DamageTests {
  /// Small files that between them have every codec, page version and encoding that is written.
  static func files() async throws -> [[UInt8]] {
    var files: [[UInt8]] = []
    for (index, codec) in RoundTripTests.codecs.enumerated() {
      let table = try SampleTable(
        rows: 40, nulls: index % 2 == 0 ? .some : .none, distinct: 6, seed: UInt64(index))
      var options = WriteOptions(
        compression: codec, dataPageVersion: index < 2 ? .v1 : .v2, usesDictionary: index != 2)
      options.pageRowCount = 15
      // A checksum would stop most damage at the door; the layers behind it must hold too.
      options.writesChecksums = false
      files.append(try await table.write(options, rowGroups: [0..<25, 25..<40]))
    }
    return files
  }

  /// Reads everything; the only way to fail is a `ParquetError`.
  private static func readAll(_ bytes: [UInt8]) async throws -> Int {
    var options = ReadOptions()
    // Whatever a lie makes the reader believe, it never takes more than this.
    options.maximumPageSize = 1 << 20
    options.maximumColumnChunkSize = 1 << 20
    let file = try await ParquetFile.open(BytesSource(bytes), options: options)
    var rows = 0
    for group in file.metadata.rowGroups.indices {
      for column in file.schema.columns.indices {
        do {
          rows += try await file.readRowGroup(group, columns: [column])[0].count
        } catch is ParquetError {}
      }
    }
    return rows
  }

  @Test("Every truncation is refused", arguments: 0..<4)
  func truncations(index: Int) async throws {
    let bytes = try await Self.files()[index]
    for end in 0..<bytes.count {
      await #expect(throws: ParquetError.self, "cut at \(end)") {
        _ = try await ParquetFile.open(BytesSource(Array(bytes[..<end])))
      }
    }
  }

  @Test("Flipped bytes give an error or values, never a crash", arguments: 0..<4)
  func flips(index: Int) async throws {
    let bytes = try await Self.files()[index]
    let whole = try await Self.readAll(bytes)
    #expect(whole == 40 * 24)
    let seed = UInt64(100 + index)
    var random = SplitMix64(seed: seed)
    for _ in 0..<1000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let position = Int.random(in: 4..<bytes.count - 8, using: &random)
        damaged[position] =
          [0, 0xFF, 0x7F, 0x80, UInt8(truncatingIfNeeded: random.next())]
          .randomElement(using: &random) ?? 0
      }
      do {
        _ = try await Self.readAll(damaged)
      } catch is ParquetError {}
    }
  }

  @Test(
    "Flipped bytes in files that others wrote give an error or values, never a crash",
    arguments: [
      "alltypes_plain", "delta_encoding_required_column", "delta_length_byte_array",
      "fixed_length_decimal", "float16_nonzeros_and_nans", "nation.dict-malformed",
      "rle_boolean_encoding", "sort_columns",
    ])
  func foreignFlips(name: String) async throws {
    let source = try FileSource(path: try ForeignFileTests.path(name))
    let bytes = try source.read(0..<source.size)
    let seed: UInt64 = 200
    var random = SplitMix64(seed: seed)
    for _ in 0..<100 {
      var damaged = bytes
      let position = Int.random(in: 4..<bytes.count - 8, using: &random)
      damaged[position] = UInt8(truncatingIfNeeded: random.next())
      do {
        _ = try await Self.readAll(damaged)
      } catch is ParquetError {}
    }
  }

  @Test(
    "Flipped bytes in page indexes give an error or as many rows as asked for", arguments: 0..<4)
  func indexFlips(index: Int) async throws {
    let bytes = try await Self.files()[index]
    let file = try await ParquetFile.open(BytesSource(bytes))
    let start = file.metadata.rowGroups[0].columns.compactMap(\.columnIndex?.offset).min() ?? 0
    let seed = UInt64(300 + index)
    var random = SplitMix64(seed: seed)
    var refused = 0
    for _ in 0..<100 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let position = Int.random(in: start..<file.footerOffset, using: &random)
        damaged[position] =
          [0, 0xFF, 0x7F, 0x80, UInt8(truncatingIfNeeded: random.next())]
          .randomElement(using: &random) ?? 0
      }
      let file = try await ParquetFile.open(BytesSource(damaged))
      do {
        for group in file.metadata.rowGroups.indices {
          _ = try await file.pageRanges(
            rowGroup: group, columns: Array(file.schema.columns.indices))
          let columns = try await file.readRowGroup(group, rows: 7..<14)
          #expect(columns.allSatisfy { $0.count == 7 }, "seed \(seed)")
        }
      } catch is ParquetError {
        refused += 1
      }
      // What is taken over is what can be read.
      var writer = try ParquetWriter(to: BytesSink(), schema: file.schema)
      try await writer.adopt(Array(file.metadata.rowGroups.indices), of: file)
      let adopted = try await ParquetFile.open(BytesSource(try await writer.finish().bytes))
      for group in adopted.metadata.rowGroups.indices {
        _ = try await adopted.pageIndex(rowGroup: group)
      }
    }
    #expect(refused > 20)
  }

  @Test("Of a damaged file, row groups are refused or taken over into a file that opens")
  func adoptionOfDamage() async throws {
    let seed: UInt64 = 400
    var random = SplitMix64(seed: seed)
    var adopted = 0
    for bytes in try await Self.files() {
      let footer = try await ParquetFile.open(BytesSource(bytes)).footerOffset
      for _ in 0..<150 {
        var damaged = bytes
        for _ in 0..<random.below(3) + 1 {
          damaged[footer + random.below(bytes.count - 8 - footer)] = random.pick([
            0, 0xFF, 0x7F, 0x80, UInt8(truncatingIfNeeded: random.next()),
          ])
        }
        do {
          let file = try await ParquetFile.open(BytesSource(damaged))
          let columns = Array(file.schema.columns.indices)
          var writer = try ParquetWriter(
            to: BytesSink(), schema: ParquetSchema(file.schema.columns))
          try await writer.adopt(Array(file.metadata.rowGroups.indices), of: file)
          let copy = try await ParquetFile.open(BytesSource(try await writer.finish().bytes))
          for group in copy.metadata.rowGroups.indices {
            _ = try copy.ranges(rowGroup: group, columns: columns)
            _ = try await copy.pageIndex(rowGroup: group)
          }
          adopted += 1
        } catch is ParquetError {}
      }
    }
    #expect(adopted > 100 && adopted < 590, "seed \(seed): \(adopted)")
  }

  @Test("With checksums, damage in a page is always noticed")
  func checksumsNoticeDamage() async throws {
    let schema = try ParquetSchema([ColumnDescriptor("n", .int64)])
    let options = WriteOptions(compression: .uncompressed, usesDictionary: false)
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
    try await writer.writeRowGroup([Column(.int64((0..<100).map(Int64.init)))])
    let bytes = try await writer.finish().bytes
    let file = try await ParquetFile.open(BytesSource(bytes))
    let end = file.metadata.rowGroups[0].columns[0].byteRange()?.upperBound ?? 0
    for position in end - 800..<end {
      var damaged = bytes
      damaged[position] ^= 0x10
      let file = try await ParquetFile.open(BytesSource(damaged))
      do {
        _ = try await file.readRowGroup(0)
        Issue.record("the damage at \(position) was not noticed")
      } catch let error as ParquetError {
        #expect(error.code == .checksumMismatch)
        #expect(error.location.column == "n")
        #expect(error.location.page == 0)
        #expect(error.location.offset == 4)
      }
    }
  }

  @Test("A file that has become shorter between footer and pages is refused")
  func shrinkingSource() async throws {
    struct Shrinking: ByteRangeSource {
      let bytes: [UInt8]
      var size: Int { bytes.count }
      func read(_ range: Range<Int>) -> [UInt8] {
        range.upperBound > bytes.count / 2 ? Array(bytes[range]) : Array(bytes[range].dropLast())
      }
    }
    let bytes = try await Self.files()[0]
    var options = ReadOptions()
    options.tailSize = 8  // nothing of the pages is there already
    let file = try await ParquetFile.open(Shrinking(bytes: bytes), options: options)
    await #expect(throws: ParquetError.self) { try await file.readRowGroup(0) }
  }

  @Test("Pages that together expand beyond the limit are refused")
  func decompressionBomb() async throws {
    let schema = try ParquetSchema([ColumnDescriptor("n", .int64)])
    var writeOptions = WriteOptions(compression: .zstd, usesDictionary: false)
    writeOptions.pageRowCount = 1000
    var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: writeOptions)
    try await writer.writeRowGroup([Column(.int64(Array(repeating: 7, count: 100_000)))])
    let bytes = try await writer.finish().bytes
    var options = ReadOptions()
    options.maximumColumnChunkSize = 800_000
    var file = try await ParquetFile.open(BytesSource(bytes), options: options)
    #expect(try await file.readRowGroup(0)[0].count == 100_000)
    options.maximumColumnChunkSize = 799_999
    file = try await ParquetFile.open(BytesSource(bytes), options: options)
    do {
      _ = try await file.readRowGroup(0)
      Issue.record("read")
    } catch let error as ParquetError {
      #expect(error.code == .limitExceeded)
    }
  }

  @Test("Not Parquet at all: the sentence says so", arguments: [0, 3, 11, 12, 100])
  func notParquet(size: Int) async throws {
    do {
      _ = try await ParquetFile.open(BytesSource(Array(repeating: 0x41, count: size)))
      Issue.record("opened")
    } catch let error as ParquetError {
      #expect(error.code == .notParquet)
    }
  }
}
