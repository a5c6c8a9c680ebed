import NIOCore
import TestSupport
import Testing

@testable import S3Lite

@Suite("Parts of an upload")
struct PartPlanTests {
  static let mib = 1 << 20
  static let tib = 1 << 40

  @Test(
    "parts have the preferred size as long as 10,000 of them are enough",
    arguments: [
      (0, 8 * mib, 8 * mib), (100 * mib, 8 * mib, 8 * mib), (80_000 * mib, 8 * mib, 8 * mib),
      (80_000 * mib + 1, 8 * mib, 9 * mib), (100, 1, 5 * mib), (5 * tib, 8 * mib, 525 * mib),
    ])
  func size(_ length: Int, _ preferred: Int, _ expected: Int) throws {
    let plan = try PartPlan(length: length, preferredPartSize: preferred)
    #expect(plan.size(ofPart: 1) == expected)
    #expect(plan.size(ofPart: 10_000) == expected)
  }

  @Test("any object that S3 takes fits into 10,000 parts that S3 takes")
  func fits() throws {
    var random = SplitMix64(seed: 11)
    for _ in 0..<2_000 {
      let length = random.below(5 * Self.tib + 1)
      let preferred = random.below(1 << (10 + random.below(26)))
      let plan = try PartPlan(length: length, preferredPartSize: preferred)
      let size = plan.size(ofPart: 1)
      #expect(size >= 5 * Self.mib, "\(length), \(preferred)")
      #expect(size <= 5 << 30, "\(length), \(preferred)")
      #expect(size <= max(preferred, 5 * Self.mib) || size - Self.mib < length / 10_000 + 1)
      #expect(size.multipliedFullWidth(by: 10_000).low >= length, "\(length), \(preferred)")
    }
  }

  @Test("10,000 parts of an object of unknown length hold the largest object")
  func unknownLength() throws {
    let plan = try PartPlan(length: nil, preferredPartSize: 8 * Self.mib)
    #expect((1...10_000).reduce(0) { $0 + plan.size(ofPart: $1) } >= 5 * Self.tib)
    #expect(plan.size(ofPart: 1) == 8 * Self.mib)
    #expect((1...10_000).allSatisfy { plan.size(ofPart: $0) <= 5 << 30 })
  }

  @Test("what S3 cannot hold is refused", arguments: [-1, 5 * tib + 1, .max])
  func refused(_ length: Int) {
    let error = #expect(throws: S3Error.self) {
      try PartPlan(length: length, preferredPartSize: 8 * Self.mib)
    }
    #expect(error?.code == .invalidRequest)
  }

  @Test("pieces of any size become parts of the planned size, in order")
  func reader() async throws {
    var random = SplitMix64(seed: 12)
    let size = 5_000
    for total in [0, 1, size - 1, size, size + 1, 2 * size, 2 * size + 17] {
      for announced in [total, nil] {
        let bytes = random.bytes(16)
        var pieces: [ByteBuffer] = []
        var left = total
        while left > 0 {
          let count = min(left, 1 + random.below(3_000))
          pieces.append(ByteBuffer(repeating: bytes[pieces.count % 16], count: count))
          left -= count
        }
        let plan = try PartPlan(length: announced, preferredPartSize: size, smallestPart: 1)
        var reader = PartReader(AsyncList(pieces).makeAsyncIterator(), plan)
        var parts: [ByteBuffer] = []
        while let part = try await reader.next() { parts.append(part) }
        #expect(reader.isAtEnd)
        #expect(parts.count == max(1, (total + size - 1) / size))
        #expect(parts.dropLast().allSatisfy { $0.readableBytes == size })
        let joined = parts.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
        let expected = pieces.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
        #expect(joined == expected)
      }
    }
  }

  @Test("a body of another length than announced is an error", arguments: [99, 101])
  func mismatch(_ announced: Int) async throws {
    let plan = try PartPlan(length: announced, preferredPartSize: 5 * Self.mib)
    let pieces = AsyncList([ByteBuffer(repeating: 1, count: 100)])
    let error = await #expect(throws: S3Error.self) {
      var reader = PartReader(pieces.makeAsyncIterator(), plan)
      while try await reader.next() != nil {}
    }
    #expect(error?.code == .bodyLengthMismatch)
  }
}
