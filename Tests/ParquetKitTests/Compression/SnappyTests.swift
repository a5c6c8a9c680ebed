import TestSupport
import Testing

@testable import ParquetKit

@Suite("Snappy")
struct SnappyTests {
  private static let seeds: [UInt64] = [1, 2]

  @Test("An independent implementation reads the blocks that we write", arguments: seeds)
  func writesForOthers(seed: UInt64) async throws {
    let samples = SampleBytes.all(seed: seed)
    let blocks = try samples.map { try Snappy.compress($0.bytes.span.bytes) }
    let answers = try await PythonPeer.exchange(
      "codec_peer.py", ["snappy", "decompress"], messages: blocks)
    for (sample, answer) in zip(samples, answers) {
      #expect(answer == sample.bytes, "\(sample)")
    }
  }

  @Test("We read the blocks that an independent implementation writes", arguments: seeds)
  func readsFromOthers(seed: UInt64) async throws {
    let samples = SampleBytes.all(seed: seed)
    let blocks = try await PythonPeer.exchange(
      "codec_peer.py", ["snappy", "compress"], messages: samples.map(\.bytes))
    for (sample, block) in zip(samples, blocks) {
      let block = try #require(block)
      let bytes = try Snappy.decompress(block.span.bytes, uncompressedSize: sample.bytes.count)
      #expect(bytes == sample.bytes, "\(sample)")
    }
  }

  @Test("The fast compressor writes the same bytes as the plain one", arguments: seeds)
  func compressorsAgree(seed: UInt64) throws {
    for sample in SampleBytes.all(seed: seed) {
      let fast = try Snappy.compress(sample.bytes.span.bytes)
      let bits = SnappyCompressor.tableBits(for: sample.bytes.count)
      let plain = PlainSnappy.compress(
        sample.bytes, window: SnappyCompressor.window, margin: SnappyCompressor.margin
      ) { SnappyCompressor.slot(of: $0, bits: bits) }
      #expect(fast == plain, "\(sample)")
    }
  }

  @Test("Text and runs become much smaller, and random bytes hardly grow")
  func ratio() throws {
    for sample in SampleBytes.all(seed: 3) where sample.bytes.count > 4_000 {
      let size = try Snappy.compress(sample.bytes.span.bytes).count
      let name = sample.description
      if name.hasPrefix("text") { #expect(size < sample.bytes.count / 2, "\(name)") }
      if name.hasPrefix("runs") { #expect(size < sample.bytes.count / 8, "\(name)") }
      #expect(size <= sample.bytes.count + sample.bytes.count / 1_000 + 12, "\(name)")
    }
  }

  @Test("Every form of element of the format description is read")
  func elements() throws {
    // Length 4 + 5 + 6 + 7; a literal of four, then copies with one, two and four offset bytes.
    let copies: [UInt8] = [
      22, 3 << 2, 97, 98, 99, 100, 1 | 1 << 2, 4, 2 | 5 << 2, 9, 0, 3 | 6 << 2, 15, 0, 0, 0,
    ]
    let expected = "abcd" + "abcda" + "abcdab" + "abcdabc"
    let bytes = try Snappy.decompress(copies.span.bytes, uncompressedSize: 22)
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
    for lengthBytes in 1...4 {
      // The same literal, its length in more bytes than it needs.
      var block: [UInt8] = [5, UInt8(59 + lengthBytes) << 2, 4]
      block += [UInt8](repeating: 0, count: lengthBytes - 1) + [1, 2, 3, 4, 5]
      #expect(try Snappy.decompress(block.span.bytes, uncompressedSize: 5) == [1, 2, 3, 4, 5])
    }
  }

  @Test("Copies of every length at every short offset repeat the period")
  func overlappingCopies() throws {
    for offset in 1...40 {
      let unit = (0..<offset).map { UInt8($0 + 1) }
      for length in 1...64 {
        var block: [UInt8] = [UInt8(offset + length), UInt8((offset - 1) << 2)] + unit
        block += [2 | UInt8((length - 1) << 2), UInt8(offset), 0]
        let bytes = try Snappy.decompress(block.span.bytes, uncompressedSize: offset + length)
        let expected = (0..<offset + length).map { unit[$0 % offset] }
        #expect(bytes == expected, "offset \(offset), length \(length)")
      }
    }
  }

  @Test("Damaged blocks are refused or read exactly as the plain decoder reads them")
  func damage() throws {
    for sample in SampleBytes.small(seed: 4) {
      let size = sample.bytes.count
      let block = try Snappy.compress(sample.bytes.span.bytes)
      for count in 0..<block.count {
        expectSame([UInt8](block.prefix(count)), size: size, "\(sample), first \(count)")
      }
      var random = SplitMix64(seed: 5)
      for round in 0..<3_000 {
        var changed = block
        for _ in 0...Int.random(in: 0...2, using: &random) {
          let index = Int.random(in: 0..<changed.count, using: &random)
          changed[index] ^= UInt8.random(in: 1...255, using: &random)
        }
        expectSame(changed, size: size, "\(sample), round \(round)")
      }
    }
  }

  @Test("Random elements are refused or read exactly as the plain decoder reads them")
  func randomElements() {
    var random = SplitMix64(seed: 6)
    for round in 0..<5_000 {
      // Small numbers keep offsets and lengths near the edges, where mistakes are.
      let size = Int.random(in: 0...120, using: &random)
      var block = [UInt8(size)]
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        block.append(UInt8.random(in: 0...(Bool.random(using: &random) ? 255 : 30), using: &random))
      }
      expectSame(block, size: size, "seed 6, round \(round), block \(block)")
    }
  }

  private func expectSame(_ block: [UInt8], size: Int, _ name: String) {
    let plain = try? PlainSnappy.decompress(block, size: size)
    let fast = try? Snappy.decompress(block.span.bytes, uncompressedSize: size)
    #expect(fast == plain, "\(name)")
  }

  struct Lie: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let block: [UInt8]
    let size: Int
  }

  static let lies: [Lie] = [
    Lie(testDescription: "no bytes", block: [], size: 0),
    Lie(testDescription: "a length without an end", block: [0x80, 0x80, 0x80], size: 0),
    Lie(
      testDescription: "a length of six bytes",
      block: [0x80, 0x80, 0x80, 0x80, 0x80, 0x00], size: 0),
    Lie(
      testDescription: "a length above 32 bits", block: [0xFF, 0xFF, 0xFF, 0xFF, 0x1F],
      size: 0x1_FFFF_FFFF),
    Lie(
      testDescription: "two gigabytes in three bytes",
      block: [0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0xFE, 1, 0], size: 0x7FFF_FFFF),
    Lie(testDescription: "another length than the page", block: [3, 8, 1, 2, 3], size: 4),
    Lie(testDescription: "offset 0", block: [8, 12, 1, 2, 3, 4, 1, 0], size: 8),
    Lie(
      testDescription: "an offset before the beginning", block: [8, 12, 1, 2, 3, 4, 1, 5], size: 8),
    Lie(testDescription: "a copy at once", block: [4, 1, 1], size: 4),
    Lie(testDescription: "a copy past the end", block: [7, 12, 1, 2, 3, 4, 1, 1], size: 7),
    Lie(testDescription: "a literal past the end", block: [3, 12, 1, 2, 3, 4], size: 3),
    Lie(testDescription: "a literal that the input lacks", block: [4, 12, 1, 2, 3], size: 4),
    Lie(
      testDescription: "a literal of four gigabytes",
      block: [4, 63 << 2, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3], size: 4),
    Lie(testDescription: "too few bytes", block: [5, 12, 1, 2, 3, 4], size: 5),
    Lie(testDescription: "bytes behind an empty block", block: [0, 0, 1], size: 0),
  ]

  @Test("A block that lies is refused", arguments: lies)
  func refuses(lie: Lie) {
    let error = #expect(throws: ParquetError.self) {
      try CompressionCodec.snappy.decompress(lie.block.span.bytes, uncompressedSize: lie.size)
    }
    #expect(error?.code == (lie.size > Int(Int32.max) ? .limitExceeded : .corrupt))
  }
}
