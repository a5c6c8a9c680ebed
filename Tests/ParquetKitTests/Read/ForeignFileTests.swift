import Foundation
import Testing

@testable import ParquetKit

/// Files that parquet-mr, Impala, parquet-cpp and parquet-rs wrote, from apache/parquet-testing.
struct ForeignFileTests {
  static func path(_ name: String, in directory: String = "parquet-testing") throws -> String {
    let url = try #require(
      Bundle.module.url(
        forResource: name, withExtension: "parquet", subdirectory: "Resources/\(directory)"))
    return url.path
  }

  static func rows(_ path: String) async throws -> [[UInt8]] {
    let file = try await ParquetFile.open(try FileSource(path: path))
    let formatter = RowFormatter(file.schema.columns)
    var rows: [[UInt8]] = []
    for group in file.metadata.rowGroups.indices {
      let columns = try await file.readRowGroup(group)
      for row in 0..<file.metadata.rowGroups[group].rowCount {
        var line: [UInt8] = []
        formatter.appendJSON(row: row, of: columns, to: &line)
        rows.append(line)
      }
    }
    return rows
  }

  @Test(
    "What pyarrow reads from it, we read",
    arguments: [
      "alltypes_dictionary", "alltypes_plain", "alltypes_tiny_pages", "binary",
      "binary_truncated_min_max", "byte_array_decimal", "byte_stream_split.zstd",
      "column_chunk_key_value_metadata", "data_index_bloom_encoding_stats",
      "datapage_v1-snappy-compressed-checksum", "datapage_v1-uncompressed-checksum",
      "delta_binary_packed", "delta_byte_array", "delta_encoding_required_column",
      "delta_length_byte_array", "dict-page-offset-zero", "fixed_length_byte_array",
      "fixed_length_decimal", "float16_nonzeros_and_nans", "floating_orders_nan_count",
      "int32_decimal", "int64_decimal", "nan_in_stats", "nation.dict-malformed",
      "plain-dict-uncompressed-checksum", "rle_boolean_encoding", "single_nan", "sort_columns",
    ])
  func agreesWithPyarrow(name: String) async throws {
    let path = try Self.path(name)
    try await PeerRows.expect(path, as: try await Self.rows(path), readers: ["pyarrow"], name)
  }

  @Test(
    "What pyarrow reads of other writers, we read",
    arguments: ["fastparquet", "parquet_mr_v2_no_statistics", "empty_dictionary_page"])
  func agreesAboutOtherWriters(name: String) async throws {
    let path = try Self.path(name, in: "other-writers")
    try await PeerRows.expect(path, as: try await Self.rows(path), readers: ["pyarrow"], name)
  }

  @Test(
    "Damaged files are refused with their place, and what is not read is named",
    arguments: [
      ("datapage_v1-corrupt-checksum", ParquetError.Code.checksumMismatch, "column \"a\", page 0"),
      ("ARROW-RS-GH-6229-DICTHEADER", .corrupt, "column \"name\""),
      ("ARROW-GH-41317", .corrupt, "offset"),
      ("ARROW-GH-47662", .corrupt, "column \"flba_field\", page 0"),
      ("hadoop_lz4_compressed", .unsupported, "LZ4"),
      ("nested_lists.snappy", .unsupported, "Nested and repeated columns"),
    ])
  func refused(name: String, code: ParquetError.Code, sentence: String) async throws {
    do {
      _ = try await Self.rows(try Self.path(name))
      Issue.record("\(name) was read")
    } catch let error as ParquetError {
      #expect(error.code == code)
      #expect("\(error)".contains(sentence), "\(error)")
    }
  }

  @Test("Flat columns of a file with nested ones are read")
  func flatBesideNested() async throws {
    let file = try await ParquetFile.open(try FileSource(path: try Self.path("datapage_v2.snappy")))
    let columns = try await file.readRowGroup(0, columns: [0, 1, 2, 3])
    #expect(columns[1].values == .int32([1, 2, 3, 4, 5]))
    #expect(columns[2].values == .double([2, 3, 4, 5, 2]))
    #expect(columns[3].values == .boolean([true, true, true, false, true]))
    #expect(columns[0].validity == nil || columns[0].count == 5)
  }

  @Test("Pages whose checksum is wrong are read when the caller says so")
  func checksumsCanBeIgnored() async throws {
    var options = ReadOptions()
    options.verifiesChecksums = false
    let file = try await ParquetFile.open(
      try FileSource(path: try Self.path("datapage_v1-corrupt-checksum")), options: options)
    #expect(try await file.readRowGroup(0)[0].count == 5120)
  }
}
