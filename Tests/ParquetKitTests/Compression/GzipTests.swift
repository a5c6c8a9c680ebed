import TestSupport
import Testing

@testable import ParquetKit

@Suite("GZIP")
struct GzipTests {
  @Test("Python's gzip reads what we write at every level", arguments: [1, 6, 9])
  func writesForOthers(level: Int) async throws {
    let samples = SampleBytes.all(seed: 11)
    let members = try samples.map { try Gzip.compress($0.bytes.span.bytes, level: level) }
    let answers = try await PythonPeer.exchange(
      "codec_peer.py", ["gzip", "decompress"], messages: members)
    for (sample, answer) in zip(samples, answers) {
      #expect(answer == sample.bytes, "\(sample)")
    }
  }

  @Test(
    "We read what Python writes, in gzip's wrapping and in zlib's", arguments: ["gzip", "zlib"])
  func readsFromOthers(codec: String) async throws {
    let samples = SampleBytes.all(seed: 12)
    let members = try await PythonPeer.exchange(
      "codec_peer.py", [codec, "compress", "9"], messages: samples.map(\.bytes))
    for (sample, member) in zip(samples, members) {
      let member = try #require(member)
      let bytes = try Gzip.decompress(member.span.bytes, uncompressedSize: sample.bytes.count)
      #expect(bytes == sample.bytes, "\(sample)")
    }
  }

  @Test("Members one after the other are read as one, empty ones too")
  func concatenatedMembers() throws {
    let parts: [[UInt8]] = [[1, 2, 3], [], [UInt8](repeating: 7, count: 5_000), []]
    let members = try parts.flatMap { try Gzip.compress($0.span.bytes, level: 6) }
    let all = parts.flatMap { $0 }
    #expect(try Gzip.decompress(members.span.bytes, uncompressedSize: all.count) == all)
    #expect(throws: ParquetError.self) {
      try Gzip.decompress(members.span.bytes, uncompressedSize: 3)
    }
    let trailing = members + [0, 1, 2]
    #expect(throws: ParquetError.self) {
      try Gzip.decompress(trailing.span.bytes, uncompressedSize: all.count)
    }
  }

  @Test(
    "A page that is longer or shorter than stated is refused", arguments: [0, 1, 299, 301, 9_000])
  func wrongSize(size: Int) throws {
    let member = try Gzip.compress([UInt8](repeating: 5, count: 300).span.bytes, level: 6)
    let error = #expect(throws: ParquetError.self) {
      try Gzip.decompress(member.span.bytes, uncompressedSize: size)
    }
    #expect(error?.code == .corrupt)
  }

  @Test("A size beyond what deflate can expand to is refused before it is allocated")
  func impossibleSize() throws {
    let member = try Gzip.compress([UInt8](repeating: 5, count: 300).span.bytes, level: 6)
    let error = #expect(throws: ParquetError.self) {
      try CompressionCodec.gzip.decompress(
        member.span.bytes, uncompressedSize: Int(Int32.max), limit: .max)
    }
    #expect(error?.message.contains("more than it can hold") == true)
  }

  @Test("Truncated and changed pages are refused, as their checksum demands")
  func damage() throws {
    for sample in SampleBytes.small(seed: 13) {
      let member = try Gzip.compress(sample.bytes.span.bytes, level: 6)
      for count in 0..<member.count {
        let cut = [UInt8](member.prefix(count))
        #expect(throws: ParquetError.self, "\(sample), first \(count)") {
          try Gzip.decompress(cut.span.bytes, uncompressedSize: sample.bytes.count)
        }
      }
      var random = SplitMix64(seed: 14)
      for round in 0..<1_500 {
        var changed = member
        let index = Int.random(in: 0..<changed.count, using: &random)
        changed[index] ^= UInt8.random(in: 1...255, using: &random)
        let bytes = try? Gzip.decompress(
          changed.span.bytes, uncompressedSize: sample.bytes.count)
        // The header's time, name and system are not covered by a checksum, the contents are.
        #expect(bytes == nil || bytes == sample.bytes, "\(sample), seed 14, round \(round)")
      }
    }
  }
}
