import TestSupport
import Testing

@testable import ParquetKit

@Suite("ZSTD")
struct ZstdTests {
  @Test("Python's zstandard reads what we write at every level", arguments: [1, 3, 19])
  func writesForOthers(level: Int) async throws {
    let samples = SampleBytes.all(seed: 21)
    let frames = try samples.map { try Zstd.compress($0.bytes.span.bytes, level: level) }
    let answers = try await PythonPeer.exchange(
      "codec_peer.py", ["zstd", "decompress"], messages: frames)
    for (sample, answer) in zip(samples, answers) {
      #expect(answer == sample.bytes, "\(sample)")
    }
  }

  @Test(
    "We read frames that state their size and frames that do not",
    arguments: ["zstd", "zstd-streamed"])
  func readsFromOthers(codec: String) async throws {
    let samples = SampleBytes.all(seed: 22)
    let frames = try await PythonPeer.exchange(
      "codec_peer.py", [codec, "compress"], messages: samples.map(\.bytes))
    for (sample, frame) in zip(samples, frames) {
      let frame = try #require(frame)
      let bytes = try Zstd.decompress(frame.span.bytes, uncompressedSize: sample.bytes.count)
      #expect(bytes == sample.bytes, "\(sample)")
      let size = try ZstdFrames.contentSize(of: frame.span.bytes)
      switch size {
      case .exactly(let exact): #expect(exact == sample.bytes.count, "\(sample)")
      case .atMost(let bound):
        #expect(codec == "zstd-streamed" && bound >= sample.bytes.count, "\(sample)")
      }
    }
  }

  @Test("Frames one after the other are read as one, skippable ones are left out")
  func severalFrames() throws {
    let parts: [[UInt8]] = [[1, 2, 3], [], [UInt8](repeating: 7, count: 200_000)]
    var frames = try parts.flatMap { try Zstd.compress($0.span.bytes, level: 3) }
    frames += [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 9, 9, 9]
    let all = parts.flatMap { $0 }
    #expect(try Zstd.decompress(frames.span.bytes, uncompressedSize: all.count) == all)
    #expect(throws: ParquetError.self) {
      try Zstd.decompress(frames.span.bytes, uncompressedSize: 3)
    }
    let trailing = frames + [0, 1, 2]
    #expect(throws: ParquetError.self) {
      try Zstd.decompress(trailing.span.bytes, uncompressedSize: all.count)
    }
  }

  @Test(
    "A page that is longer or shorter than stated is refused", arguments: [0, 1, 299, 301, 9_000])
  func wrongSize(size: Int) async throws {
    let bytes = [UInt8](repeating: 5, count: 300)
    let frame = try Zstd.compress(bytes.span.bytes, level: 3)
    let streamed = try #require(
      try await PythonPeer.exchange(
        "codec_peer.py", ["zstd-streamed", "compress"], messages: [bytes])[0])
    for frame in [frame, streamed] {
      let error = #expect(throws: ParquetError.self) {
        try Zstd.decompress(frame.span.bytes, uncompressedSize: size)
      }
      #expect(error?.code == .corrupt)
    }
  }

  @Test(
    "A frame header that states gigabytes over a few bytes is refused before they are allocated")
  func impossibleSize() {
    // A single segment with an eight-byte content size, then one last raw block of one byte.
    let size = 1 << 40
    var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xE0]
    frame += (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
    frame += [0x09, 0, 0, 42]
    let error = #expect(throws: ParquetError.self) {
      try CompressionCodec.zstd.decompress(frame.span.bytes, uncompressedSize: size, limit: .max)
    }
    #expect(error?.message.contains("blocks hold at most") == true)

    // The same without a content size: a window descriptor instead.
    let unsized: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xF8, 0x09, 0, 0, 42]
    let second = #expect(throws: ParquetError.self) {
      try CompressionCodec.zstd.decompress(unsized.span.bytes, uncompressedSize: size, limit: .max)
    }
    #expect(second?.message.contains("more than it can hold") == true)
  }

  @Test("Truncated pages are refused, changed ones are refused or keep their length")
  func damage() throws {
    for sample in SampleBytes.small(seed: 23) {
      let frame = try Zstd.compress(sample.bytes.span.bytes, level: 3)
      for count in 0..<frame.count {
        let cut = [UInt8](frame.prefix(count))
        #expect(throws: ParquetError.self, "\(sample), first \(count)") {
          try Zstd.decompress(cut.span.bytes, uncompressedSize: sample.bytes.count)
        }
      }
      var random = SplitMix64(seed: 24)
      for round in 0..<1_500 {
        var changed = frame
        let index = Int.random(in: 0..<changed.count, using: &random)
        changed[index] ^= UInt8.random(in: 1...255, using: &random)
        let bytes = try? Zstd.decompress(
          changed.span.bytes, uncompressedSize: sample.bytes.count)
        #expect(
          bytes == nil || bytes?.count == sample.bytes.count, "\(sample), seed 24, round \(round)")
      }
    }
  }

  @Test("Many tasks at once share the contexts without harm")
  func contexts() async throws {
    let samples = SampleBytes.all(seed: 25).filter { $0.bytes.count < 5_000 }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<12 {
        group.addTask {
          for sample in samples {
            let frame = try Zstd.compress(sample.bytes.span.bytes, level: 1)
            let bytes = try Zstd.decompress(
              frame.span.bytes, uncompressedSize: sample.bytes.count)
            #expect(bytes == sample.bytes, "\(sample)")
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
