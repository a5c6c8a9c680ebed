import TestSupport
import Testing

@testable import ParquetKit

/// Encodings.md, DELTA_BINARY_PACKED, in the plainest of its forms: each difference takes 64 bits.
private func deltas(_ values: [Int64]) -> [UInt8] {
  func zigZag(_ value: Int64) -> [UInt8] {
    varint(value < 0 ? UInt64(-2 * (value + 1)) + 1 : UInt64(2 * value))
  }
  var bytes = varint(128) + varint(4) + varint(UInt64(values.count)) + zigZag(values.first ?? 0)
  let differences = zip(values.dropFirst(), values).map { $0 - $1 }
  for start in stride(from: 0, to: differences.count, by: 128) {
    bytes += zigZag(0) + [64, 64, 64, 64]
    // Miniblocks of 32; of the last block only those that are needed.
    let end = min(start + 128, (differences.count + 31) / 32 * 32)
    for index in start..<end {
      let difference = index < differences.count ? differences[index] : 0
      bytes += (0..<8).map { UInt8(truncatingIfNeeded: difference >> (8 * $0)) }
    }
  }
  return bytes
}

/// A page of strings, each a prefix of the one before it and a suffix.
private func page(_ strings: [(prefix: Int, suffix: [UInt8])]) -> [UInt8] {
  deltas(strings.map { Int64($0.prefix) }) + deltas(strings.map { Int64($0.suffix.count) })
    + strings.flatMap(\.suffix)
}

/// The strings themselves.
private func joinPlainly(_ strings: [(prefix: Int, suffix: [UInt8])]) -> [[UInt8]] {
  var result: [[UInt8]] = []
  for string in strings {
    result.append(Array((result.last ?? []).prefix(string.prefix)) + string.suffix)
  }
  return result
}

struct DeltaByteArrayTests {
  private static func code(
    _ file: CraftedFile, _ options: ReadOptions = ReadOptions()
  ) async throws -> ParquetError.Code? {
    do {
      _ = try await file.read(options)
      return nil
    } catch let error as ParquetError {
      return error.code
    }
  }

  @Test("Strings are those that a plain reading joins", arguments: 1...6 as ClosedRange<UInt64>)
  func joined(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    var expected: [[UInt8]] = []
    var file = CraftedFile(ColumnDescriptor("b", .byteArray), rowCount: 450)
    for _ in 0..<3 {
      var strings: [(prefix: Int, suffix: [UInt8])] = []
      var length = 0
      for _ in 0..<150 {
        let prefix = random.one(in: 4) ? 0 : random.below(length + 1)
        let suffix = random.bytes(random.one(in: 3) ? 0 : random.below(9))
        strings.append((prefix, suffix))
        length = prefix + suffix.count
      }
      file.append(page(strings), count: 150, .deltaByteArray)
      expected += joinPlainly(strings)
    }
    guard case .byteArray(let read) = try await file.read().values else {
      Issue.record("not strings")
      return
    }
    #expect((0..<read.count).map { Array(read[$0]) } == expected)
  }

  @Test("Nothing but empty strings takes no bytes")
  func empty() async throws {
    var file = CraftedFile(ColumnDescriptor("b", .byteArray), rowCount: 3)
    file.append(page([(0, []), (0, []), (0, [])]), count: 3, .deltaByteArray)
    #expect(try await file.read().values == .byteArray(try ByteArrays(["", "", ""])))
  }

  @Test("What shared prefixes expand to counts towards the limits of the chunk and of the page")
  func expansion() async throws {
    let long = (prefix: 0, suffix: Array(repeating: UInt8(ascii: "x"), count: 1000))
    let body = page([long] + Array(repeating: (1000, []), count: 199))
    var file = CraftedFile(ColumnDescriptor("b", .byteArray), rowCount: 400)
    file.append(body, count: 200, .deltaByteArray)
    file.append(body, count: 200, .deltaByteArray)
    var options = ReadOptions()
    options.maximumColumnChunkSize = 2 * (body.count + 199_000)
    options.maximumPageSize = 200_000
    #expect(try await file.read(options).count == 400)
    options.maximumColumnChunkSize -= 1
    #expect(try await Self.code(file, options) == .limitExceeded)
    options.maximumColumnChunkSize += 1
    options.maximumPageSize -= 1
    #expect(try await Self.code(file, options) == .limitExceeded)
  }

  @Test("A string of another length than its column's is refused before any is put together")
  func fixedLength() async throws {
    let column = ColumnDescriptor("f", .fixedLengthByteArray, typeLength: 2)
    var file = CraftedFile(column, rowCount: 3)
    file.append(page([(0, [1, 2]), (1, [3]), (2, [])]), count: 3, .deltaByteArray)
    #expect(
      try await file.read().values == .fixedLengthByteArray(width: 2, bytes: [1, 2, 1, 3, 1, 3]))
    file.pages = []
    file.append(page([(0, [1, 2]), (2, [3]), (2, [])]), count: 3, .deltaByteArray)
    var options = ReadOptions()
    options.maximumColumnChunkSize = file.pages[0].count
    #expect(try await Self.code(file, options) == .corrupt)
  }

  @Test("Prefixes and suffixes that are not there are refused")
  func lies() async throws {
    let honest = page([(0, [1]), (1, [2])])
    for body in [
      page([(1, [1]), (0, [2])]), page([(0, [1]), (2, [2])]), page([(0, [1]), (-1, [2])]),
      page([(0, [1]), (1 << 31, [2])]), Array(honest.dropLast()),
      deltas([0, 0]) + deltas([-1, 2]) + [1, 2], deltas([0, 0]) + deltas([1, 1 << 40]) + [1, 2],
      deltas([0, 0]) + deltas([1]) + [1],
    ] {
      var file = CraftedFile(ColumnDescriptor("b", .byteArray), rowCount: 2)
      file.append(body, count: 2, .deltaByteArray)
      #expect(try await Self.code(file) == .corrupt)
    }
  }

  @Test("Lengths and strings back to back are what they say, or refused")
  func lengths() async throws {
    var file = CraftedFile(ColumnDescriptor("b", .byteArray), rowCount: 6)
    file.append(deltas([1, 0, 2]) + Array("abb".utf8), count: 3, .deltaLengthByteArray)
    file.append(deltas([0, 3, 0]) + Array("ccc".utf8), count: 3, .deltaLengthByteArray)
    let expected = try ByteArrays(["a", "", "bb", "", "ccc", ""])
    #expect(try await file.read().values == .byteArray(expected))
    for lengths in [[1, 0, 3], [1, -1, 2], [1 << 60, 1, 1]] as [[Int64]] {
      file.pages = []
      file.append(deltas(lengths) + Array("abb".utf8), count: 3, .deltaLengthByteArray)
      #expect(try await Self.code(file) == .corrupt)
    }
  }
}
