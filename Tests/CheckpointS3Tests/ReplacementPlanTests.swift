import CheckpointCore
import TestSupport
import Testing

@testable import CheckpointS3

@Suite("How pieces become parts")
struct ReplacementPlanTests {
  private static let limits = ReplacementPlan.Limits(
    minimumPartSize: 5, maximumCopySize: 40, uploadPartSize: 16)

  /// The bytes that pieces and parts stand for, made out of an old version.
  private func bytes(_ pieces: [ObjectPiece], of old: [UInt8]) -> [UInt8] {
    pieces.flatMap { piece in
      switch piece {
      case .bytes(let bytes): bytes
      case .range(let range): Array(old[range])
      }
    }
  }

  @Test("Whatever the pieces are, the parts make the same bytes and keep to S3's bounds")
  func parts() {
    for seed in 0..<3_000 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let old = random.bytes(random.below(200))
      var pieces: [ObjectPiece] = []
      var position = 0
      for _ in 0..<random.below(8) {
        if random.one(in: 2) {
          pieces.append(.bytes(random.bytes(random.below(random.one(in: 4) ? 60 : 8))))
        } else {
          // Ranges come in the order of the old version, with and without gaps.
          let start = position + (random.one(in: 2) ? 0 : random.below(old.count - position + 1))
          let end = start + random.below(old.count - start + 1)
          pieces.append(.range(start..<end))
          position = end
        }
      }
      let plan = ReplacementPlan(pieces, limits: Self.limits)
      let expected = bytes(pieces, of: old)
      let made = plan.parts.flatMap { part in
        switch part {
        case .copied(let range): Array(old[range])
        case .uploaded(let pieces): bytes(pieces, of: old)
        }
      }
      #expect(made == expected, "seed \(seed)")
      #expect(plan.size == expected.count, "seed \(seed)")
      for (index, part) in plan.parts.enumerated() {
        let size =
          switch part {
          case .copied(let range): range.count
          case .uploaded(let pieces): bytes(pieces, of: old).count
          }
        let isLast = index == plan.parts.count - 1
        #expect(size >= (isLast ? 1 : 5), "seed \(seed), part \(index)")
        if case .copied = part {
          #expect(size <= 40, "seed \(seed)")
          // The old version is known to have more bytes than the smallest part.
          let ends = pieces.map { piece in
            if case .range(let range) = piece, !range.isEmpty { range.upperBound } else { 0 }
          }
          #expect(ends.contains { $0 > 5 }, "seed \(seed)")
        } else {
          #expect(size <= 16, "seed \(seed)")
        }
      }
    }
  }

  @Test("A long beginning that is kept is copied, and only what is new is uploaded")
  func keptPrefix() {
    let plan = ReplacementPlan(
      [.range(0..<30), .range(30..<35), .bytes([1, 2, 3])], limits: Self.limits)
    #expect(plan.parts == [.copied(0..<35), .uploaded([.bytes([1, 2, 3])])])
  }

  @Test("A few new bytes before a kept range borrow from its beginning")
  func borrowing() {
    let plan = ReplacementPlan(
      [.range(0..<10), .bytes([1]), .range(20..<40), .bytes([2])], limits: Self.limits)
    #expect(
      plan.parts == [
        .copied(0..<10), .uploaded([.bytes([1]), .range(20..<24)]), .copied(24..<40),
        .uploaded([.bytes([2])]),
      ])
  }

  @Test("A short last range is copied only out of what is known to be long")
  func shortEnd() {
    let new = [UInt8](repeating: 1, count: 21)
    let short = ReplacementPlan([.bytes(new), .range(0..<3)], limits: Self.limits)
    #expect(short.copiesNothing)
    let long = ReplacementPlan([.bytes(new), .range(97..<100)], limits: Self.limits)
    #expect(long.parts.last == .copied(97..<100))
    let smallest = ReplacementPlan([.range(0..<5), .bytes(new)], limits: Self.limits)
    #expect(smallest.copiesNothing)
  }

  @Test("Where all is short nothing is copied")
  func short() {
    let plan = ReplacementPlan([.range(0..<4), .bytes([1, 2])], limits: Self.limits)
    #expect(plan.copiesNothing)
    #expect(plan.size == 6)
  }
}
