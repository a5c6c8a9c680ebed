import TestSupport
import Testing

@testable import ParquetKit

@Suite("CRC-32")
struct CRC32Tests {
  @Test("The check value of the catalogues comes out")
  func checkValue() {
    let digits = [UInt8]("123456789".utf8)
    #expect(CRC32.checksum(of: digits.span.bytes) == 0xCBF4_3926)
    let empty: [UInt8] = []
    #expect(CRC32.checksum(of: empty.span.bytes) == 0)
  }

  @Test("A checksum continues over pieces, empty ones too")
  func continues() {
    var random = SplitMix64(seed: 41)
    let bytes = random.bytes(1_000)
    let whole = CRC32.checksum(of: bytes.span.bytes)
    for cut in [0, 1, 500, 999, 1_000] {
      let first = CRC32.checksum(of: bytes.span.extracting(first: cut).bytes)
      let both = CRC32.checksum(
        of: bytes.span.extracting(droppingFirst: cut).bytes, continuing: first)
      #expect(both == whole, "cut at \(cut)")
    }
  }

  @Test("Python's zlib computes the same")
  func agrees() async throws {
    let samples = SampleBytes.all(seed: 42)
    let answers = try await PythonPeer.exchange(
      "codec_peer.py", ["crc32", "compress"], messages: samples.map(\.bytes))
    for (sample, answer) in zip(samples, answers) {
      let expected = try #require(answer).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      #expect(CRC32.checksum(of: sample.bytes.span.bytes) == expected, "\(sample)")
    }
  }
}
