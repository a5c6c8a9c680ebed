import TestSupport
import Testing

@testable import ParquetKit

struct StatisticsTests {
  private static func statistics(
    _ column: Column, _ descriptor: ColumnDescriptor
  ) async throws -> Statistics {
    var writer = try ParquetWriter(to: BytesSink(), schema: try ParquetSchema([descriptor]))
    try await writer.writeRowGroup([column])
    let file = try await ParquetFile.open(BytesSource(try await writer.finish().bytes))
    return try #require(file.metadata.rowGroups[0].columns[0].statistics)
  }

  private static func bounds(
    _ column: Column, _ descriptor: ColumnDescriptor
  ) async throws -> [String?] {
    let statistics = try await statistics(column, descriptor)
    return [statistics.minimum, statistics.maximum].map { bound in
      bound.flatMap { RowFormatter.text(bound: $0, descriptor) }
    }
  }

  @Test("Bounds follow the order of the type")
  func typeOrder() async throws {
    let signed = Column(.int32([3, -5, 0]))
    #expect(try await Self.bounds(signed, ColumnDescriptor("n", .int32)) == ["-5", "3"])
    let unsigned = ColumnDescriptor("n", .int32, .integer(bitWidth: 32, isSigned: false))
    #expect(try await Self.bounds(signed, unsigned) == ["0", "4294967291"])
    let flags = Column(.boolean([true, true]))
    #expect(try await Self.bounds(flags, ColumnDescriptor("b", .boolean)) == ["true", "true"])
    // UTF-8 is ordered by unsigned bytes: "é" comes after "z".
    let text = Column(.byteArray(try ByteArrays(["z", "é", "a"])))
    #expect(try await Self.bounds(text, ColumnDescriptor("t", .byteArray, .string)) == ["a", "é"])
    // -1 is less than 255 although its bytes are greater and fewer.
    var decimals = ByteArrays()
    for bytes in [[0x00, 0xFF], [0xFF], [0x02]] as [[UInt8]] { try decimals.append(bytes) }
    let decimal = ColumnDescriptor("d", .byteArray, .decimal(precision: 5, scale: 1))
    #expect(try await Self.bounds(Column(.byteArray(decimals)), decimal) == ["-0.1", "25.5"])
  }

  @Test("NaN is left out, and a zero bound covers both signs")
  func floatingPoint() async throws {
    let descriptor = ColumnDescriptor("x", .double)
    #expect(
      try await Self.bounds(Column(.double([.nan, 2, -3])), descriptor) == ["-3.0", "2.0"])
    #expect(try await Self.bounds(Column(.double([.nan])), descriptor) == [nil, nil])
    #expect(try await Self.bounds(Column(.double([0.0, 1])), descriptor) == ["-0.0", "1.0"])
    #expect(try await Self.bounds(Column(.double([-0.0, -1])), descriptor) == ["-1.0", "0.0"])
  }

  @Test("Nulls are counted and do not count as values")
  func nulls() async throws {
    let column = Column(.int64([0, 7, 0]), validity: [false, true, false])
    let statistics = try await Self.statistics(
      column, ColumnDescriptor("n", .int64, isNullable: true))
    #expect(statistics.nullCount == 2)
    #expect(statistics.minimum == [7, 0, 0, 0, 0, 0, 0, 0])
    #expect(statistics.maximum == statistics.minimum)
  }

  @Test("Shortened bounds enclose every value and stay UTF-8")
  func shortenedBounds() throws {
    var random = SplitMix64(seed: 5)
    let scalars: [Unicode.Scalar] = [
      "a", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{FFFF}", "\u{10000}",
      "\u{10FFFF}",
    ]
    for _ in 0..<2000 {
      var text = ""
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        text.unicodeScalars.append(scalars.randomElement(using: &random) ?? "a")
      }
      let value = Array(text.utf8)[...]
      let size = Int.random(in: 1...8, using: &random)
      let lower = value.prefix(StatisticsBound.prefix(of: value, size, true))
      #expect(lower.count <= max(size, 0))
      #expect(String(validating: lower, as: UTF8.self) != nil)
      #expect(!value.lexicographicallyPrecedes(lower))
      guard value.count > size, let upper = StatisticsBound.above(value, size, true) else {
        continue
      }
      #expect(upper.count <= size)
      #expect(String(validating: upper, as: UTF8.self) != nil)
      #expect(value.lexicographicallyPrecedes(upper))
    }
  }

  @Test("Bounds of text that is not UTF-8 enclose it too, or are left out")
  func brokenText() throws {
    let seed: UInt64 = 6
    var random = SplitMix64(seed: seed)
    let descriptor = ColumnDescriptor("t", .byteArray, .string)
    for _ in 0..<300 {
      var strings = ByteArrays()
      let values = (0..<4).map { _ in
        (0..<random.below(9)).map { _ in
          random.pick([0x61, 0x80, 0xC3, 0xED, 0xF4, 0xFF] as [UInt8])
        }
      }
      for value in values { try strings.append(value) }
      var scanner = BoundsScanner(.byteArray(strings), descriptor: descriptor)
      let found = scanner.bounds(of: 0..<4)
      let bounds = try #require(found).shortened(to: 3, of: descriptor)
      for value in values {
        #expect(!value.lexicographicallyPrecedes(bounds.minimum), "seed \(seed)")
        if let maximum = bounds.maximum {
          #expect(!maximum.lexicographicallyPrecedes(value), "seed \(seed)")
        }
      }
    }
  }

  @Test("A binary bound is lengthened at the last byte that can grow")
  func binaryBound() {
    #expect(StatisticsBound.above([1, 0xFF, 0xFF, 9], 3, false) == [2])
    #expect(StatisticsBound.above([0xFF, 0xFF, 1], 2, false) == nil)
  }
}
