import TestSupport
import Testing

@testable import ParquetKit

/// Pages whose values are runs: a few bytes can stand for any number of values.
struct RunTests {
  /// Random runs of 8 bits a value (Parquet format, "Encodings": RLE), and the values.
  private static func runs(
    _ count: Int, below limit: Int, _ random: inout SplitMix64
  ) -> (bytes: [UInt8], values: [UInt8]) {
    var bytes: [UInt8] = []
    var values: [UInt8] = []
    while values.count < count {
      if random.one(in: 2) {
        let length = 1 + random.below(random.one(in: 4) ? 6000 : 9)
        let value = UInt8(random.below(limit))
        bytes += varint(UInt64(length) * 2) + [value]
        values += Array(repeating: value, count: length)
      } else {
        let groups = 1 + random.below(random.one(in: 4) ? 800 : 3)
        let packed = (0..<groups * 8).map { _ in UInt8(random.below(limit)) }
        bytes += varint(UInt64(groups) * 2 + 1) + packed
        values += packed
      }
    }
    return (bytes, Array(values.prefix(count)))
  }

  @Test(
    "Numbers and strings of a fixed length are those that their indices name",
    arguments: 1...8 as ClosedRange<UInt64>)
  func dictionaries(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let (bytes, indices) = Self.runs(20_000, below: 5, &random)
    var numbers = CraftedFile(ColumnDescriptor("n", .int32), rowCount: 20_000)
    numbers.setDictionary((0..<5).flatMap { [10 + $0, 0, 0, 0] as [UInt8] }, count: 5)
    numbers.append([8] + bytes, count: 20_000, .rleDictionary)
    #expect(try await numbers.read().values == .int32(indices.map { 10 + Int32($0) }))
    let column = ColumnDescriptor("f", .fixedLengthByteArray, typeLength: 2)
    var strings = CraftedFile(column, rowCount: 20_000)
    strings.setDictionary((0..<5).flatMap { [$0, 7] as [UInt8] }, count: 5)
    strings.append([8] + bytes, count: 20_000, .rleDictionary)
    #expect(
      try await strings.read().values
        == .fixedLengthByteArray(width: 2, bytes: indices.flatMap { [$0, 7] }))
    // The last entry is not there any more.
    numbers.setDictionary((0..<4).flatMap { [10 + $0, 0, 0, 0] as [UInt8] }, count: 4)
    await #expect(throws: ParquetError.self) { try await numbers.read() }
  }

  @Test("Indices come in parts, however many a run stands for")
  func parts() throws {
    let bytes = [0] + varint(2 * 1_000_000)
    var indices = try DictionaryIndices(bytes.span.bytes, count: 1_000_000, dictionaryCount: 1)
    var part: [UInt32] = []
    var total = 0
    while try indices.next(into: &part) {
      #expect(part.capacity < 10_000)
      total += part.count
    }
    #expect(total == 1_000_000)
  }

  @Test("Booleans in runs are those of the runs", arguments: 1...4 as ClosedRange<UInt64>)
  func booleans(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    var bytes: [UInt8] = []
    var values: [Bool] = []
    for _ in 0..<60 {
      let packed = random.bytes(1 + random.below(4))
      bytes += varint(UInt64(packed.count) * 2 + 1) + packed
      values += packed.flatMap { byte in (0..<8).map { byte & (1 << UInt8($0)) != 0 } }
      let (bit, length) = (random.one(in: 2), 1 + random.below(40))
      bytes += varint(UInt64(length) * 2) + [bit ? 1 : 0]
      values += Array(repeating: bit, count: length)
    }
    var file = CraftedFile(ColumnDescriptor("b", .boolean), rowCount: values.count)
    let size = [UInt8(bytes.count % 256), UInt8(bytes.count / 256), 0, 0]
    file.append(size + bytes, count: values.count, .rle)
    #expect(try await file.read().values == .boolean(values))
  }

  @Test(
    "Rows count with all that they take in memory",
    arguments: [(PhysicalType.boolean, 2), (.int32, 5), (.int64, 9), (.byteArray, 9)])
  func bytesPerRow(type: PhysicalType, bytes: Int) async throws {
    var file = CraftedFile(ColumnDescriptor("c", type, isNullable: true), rowCount: 1000)
    // One run of 1000 nulls, and no values.
    file.append([3, 0, 0, 0] + varint(2000) + [0], count: 1000, .plain)
    var options = ReadOptions()
    options.maximumColumnChunkSize = 1000 * bytes
    #expect(try await file.read(options).nullCount == 1000)
    options.maximumColumnChunkSize -= 1
    do {
      _ = try await file.read(options)
      Issue.record("read")
    } catch let error as ParquetError {
      #expect(error.code == .limitExceeded)
    }
  }
}
