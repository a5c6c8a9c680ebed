import Testing

@testable import ParquetKit

@Suite("Compression codecs")
struct CompressionCodecTests {
  @Test("The codecs have the numbers and names of parquet.thrift")
  func names() {
    let names = CompressionCodec.allCases.map { "\($0.rawValue) \($0.name)" }
    #expect(
      names == [
        "0 UNCOMPRESSED", "1 SNAPPY", "2 GZIP", "3 LZO", "4 BROTLI", "5 LZ4", "6 ZSTD", "7 LZ4_RAW",
      ])
    #expect(CompressionCodec(named: "zstd") == .zstd)
    #expect(CompressionCodec(named: "None") == .uncompressed)
    #expect(CompressionCodec(named: "lz4_raw") == .lz4Raw)
    #expect(CompressionCodec(named: "zip") == nil)
  }

  @Test(
    "What a codec writes it reads again",
    arguments: [Compression.uncompressed, .snappy, .gzip, .zstd])
  func roundTrip(compression: Compression) throws {
    for sample in SampleBytes.small(seed: 31) {
      let page = try compression.compress(sample.bytes.span.bytes)
      let bytes = try compression.codec.decompress(
        page.span.bytes, uncompressedSize: sample.bytes.count)
      #expect(bytes == sample.bytes, "\(sample)")
    }
  }

  @Test(
    "Codecs that are not supported are refused by name",
    arguments: [
      CompressionCodec.lzo, .brotli, .lz4, .lz4Raw,
    ])
  func unsupported(codec: CompressionCodec) {
    let bytes: [UInt8] = [1]
    #expect(!codec.isSupported)
    let reading = #expect(throws: ParquetError.self) {
      try codec.decompress(bytes.span.bytes, uncompressedSize: 1)
    }
    #expect(reading?.code == .unsupported)
    #expect(reading?.message.contains(codec.name) == true)
    #expect(throws: ParquetError.self) { try codec.compress(bytes.span.bytes) }
    #expect(throws: ParquetError.self) { try Compression(codec) }
  }

  @Test("A level outside the codec's scale is refused with a sentence that names the scale")
  func levels() throws {
    #expect(try Compression(.zstd, level: 22).level == 22)
    #expect(try Compression(.gzip, level: 1).level == 1)
    let error = #expect(throws: ParquetError.self) { try Compression(.gzip, level: 10) }
    #expect(error?.message == "10 is not a level of GZIP, which has 1 to 9.")
    #expect(throws: ParquetError.self) { try Compression(.zstd, level: 0) }
    #expect(throws: ParquetError.self) { try Compression(.snappy, level: 1) }
  }

  @Test(
    "A page above the caller's limit, of a negative size or of another size is refused",
    arguments: [CompressionCodec.uncompressed, .snappy, .gzip, .zstd])
  func limits(codec: CompressionCodec) throws {
    let page = try codec.compress([UInt8](repeating: 1, count: 100).span.bytes)
    let above = #expect(throws: ParquetError.self) {
      try codec.decompress(page.span.bytes, uncompressedSize: 100, limit: 99)
    }
    #expect(above?.code == .limitExceeded)
    for size in [-1, Int.min, 99, 101] {
      let error = #expect(throws: ParquetError.self) {
        try codec.decompress(page.span.bytes, uncompressedSize: size)
      }
      #expect(error?.code == .corrupt)
    }
  }
}
