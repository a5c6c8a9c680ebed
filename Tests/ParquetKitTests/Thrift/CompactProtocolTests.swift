import Testing

@testable import ParquetKit

struct CompactProtocolTests {
  @Test("A struct written by hand after the protocol's document is read")
  func readsDocumentedBytes() throws {
    // Field 1: i32 150 (zigzag 300 = AC 02); field 2: "hi"; field 20: true, with a long header;
    // field 21: list of two i64, -1 and 1; stop.
    let bytes: [UInt8] = [
      0x15, 0xAC, 0x02, 0x18, 0x02, 0x68, 0x69, 0x01, 0x28, 0x19, 0x26, 0x01, 0x02, 0x00,
    ]
    var reader = CompactReader(bytes.span.bytes, base: 0)
    var last = try reader.beginStruct()
    var field = try #require(try reader.nextField(after: &last))
    #expect(field.id == 1)
    #expect(try reader.readInt32(field) == 150)
    field = try #require(try reader.nextField(after: &last))
    #expect(field.id == 2)
    #expect(try reader.readString(field) == "hi")
    field = try #require(try reader.nextField(after: &last))
    #expect(field.id == 20)
    #expect(try reader.readBool(field))
    field = try #require(try reader.nextField(after: &last))
    #expect(field.id == 21)
    #expect(try reader.beginList(field, of: .int64) == 2)
    #expect(try reader.readInt64Element() == -1)
    #expect(try reader.readInt64Element() == 1)
    #expect(try reader.nextField(after: &last) == nil)
  }

  @Test("The writer gives the bytes of the protocol's document")
  func writesDocumentedBytes() {
    var writer = CompactWriter()
    writer.writeStruct {
      $0.field(1, Int32(150))
      $0.field(2, "hi")
      $0.field(20, true)
      $0.field(21, list: [-1, 1] as [Int64], of: .int64) { $0.writeInt64Element($1) }
    }
    #expect(
      writer.bytes == [
        0x15, 0xAC, 0x02, 0x18, 0x02, 0x68, 0x69, 0x01, 0x28, 0x19, 0x26, 0x01, 0x02, 0x00,
      ])
  }

  @Test(
    "Numbers survive at the limits of their widths",
    arguments: [0, 1, -1, 63, -64, 64, 8191, Int64.max, Int64.min, 1 << 32])
  func limits(value: Int64) throws {
    var writer = CompactWriter()
    writer.writeStruct { $0.field(3, value) }
    var reader = CompactReader(writer.bytes.span.bytes, base: 0)
    var last = try reader.beginStruct()
    let field = try #require(try reader.nextField(after: &last))
    #expect(try reader.readInt64(field) == value)
  }

  @Test("Fields of every type are skipped, and what follows is read")
  func skips() throws {
    // 1: double; 2: set of 2 bytes; 3: map of one pair byte/binary; 4: struct in a list; 5: i32 7
    var bytes: [UInt8] = [0x17] + Array(repeating: 0xEE, count: 8)
    bytes += [0x1A, 0x23, 0x01, 0x02]
    bytes += [0x1B, 0x01, 0x38, 0x05, 0x01, 0x41]
    bytes += [0x19, 0x1C, 0x15, 0x02, 0x00]
    bytes += [0x15, 0x0E, 0x00]
    var reader = CompactReader(bytes.span.bytes, base: 0)
    var last = try reader.beginStruct()
    for id in 1...4 as ClosedRange<Int16> {
      let field = try #require(try reader.nextField(after: &last))
      #expect(field.id == id)
      try reader.skip(field)
    }
    let field = try #require(try reader.nextField(after: &last))
    #expect(try reader.readInt32(field) == 7)
    #expect(reader.position == bytes.count - 1)
  }

  @Test("Deep nesting, endless varints and lists longer than the bytes are refused")
  func hostile() {
    let nested = [UInt8](repeating: 0x1C, count: 100_000)
    let endless = [0x16] + [UInt8](repeating: 0xFF, count: 20)
    let list: [UInt8] = [0x19, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]
    let text: [UInt8] = [0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x41]
    for bytes in [nested, endless, list, text] {
      #expect(throws: ParquetError.self) {
        var reader = CompactReader(bytes.span.bytes, base: 0)
        var last = try reader.beginStruct()
        while let field = try reader.nextField(after: &last) { try reader.skip(field) }
      }
    }
  }
}
