import Foundation
import TestSupport
import Testing

@testable import ParquetKit

struct RowFormatterTests {
  private static func text(_ values: ColumnValues, _ descriptor: ColumnDescriptor) -> String? {
    RowFormatter.text(row: 0, of: Column(values), descriptor)
  }

  @Test("Each type has the form that is documented")
  func forms() throws {
    let utc = ColumnDescriptor("t", .int64, .timestamp(.microseconds, isAdjustedToUTC: true))
    #expect(Self.text(.int64([0]), utc) == "1970-01-01T00:00:00.000000Z")
    #expect(Self.text(.int64([-1]), utc) == "1969-12-31T23:59:59.999999Z")
    let local = ColumnDescriptor("t", .int64, .timestamp(.milliseconds, isAdjustedToUTC: false))
    #expect(Self.text(.int64([951_782_400_123]), local) == "2000-02-29T00:00:00.123")
    let nano = ColumnDescriptor("t", .int64, .timestamp(.nanoseconds, isAdjustedToUTC: true))
    #expect(Self.text(.int64([Int64.min]), nano) == "1677-09-21T00:12:43.145224192Z")
    let date = ColumnDescriptor("d", .int32, .date)
    #expect(Self.text(.int32([-719_528]), date) == "0000-01-01")
    #expect(Self.text(.int32([-719_529]), date) == "-0001-12-31")
    #expect(Self.text(.int32([2_932_897]), date) == "+10000-01-01")
    let time = ColumnDescriptor("t", .int64, .time(.microseconds, isAdjustedToUTC: true))
    #expect(Self.text(.int64([3_723_000_000]), time) == "01:02:03")
    #expect(Self.text(.int64([3_723_000_040]), time) == "01:02:03.000040")
    let decimal = ColumnDescriptor("d", .int32, .decimal(precision: 5, scale: 3))
    #expect(Self.text(.int32([-7]), decimal) == "-0.007")
    #expect(Self.text(.int32([12_345]), decimal) == "12.345")
    let uuid = ColumnDescriptor("u", .fixedLengthByteArray, typeLength: 16, .uuid)
    #expect(
      Self.text(.fixedLengthByteArray(width: 16, bytes: Array(0...15)), uuid)
        == "00010203-0405-0607-0809-0a0b0c0d0e0f")
    let unsigned = ColumnDescriptor("n", .int64, .integer(bitWidth: 64, isSigned: false))
    #expect(Self.text(.int64([-1]), unsigned) == "18446744073709551615")
  }

  @Test("Days are those of Foundation's Gregorian calendar")
  func civilDates() throws {
    var calendar = Calendar(identifier: .iso8601)
    calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
    var random = SplitMix64(seed: 3)
    for _ in 0..<2000 {
      // After the switch from the Julian calendar, where Foundation is proleptic too.
      let days = Int.random(in: -140_000...2_932_896, using: &random)
      let date = Date(timeIntervalSince1970: Double(days) * 86_400)
      let parts = calendar.dateComponents([.year, .month, .day], from: date)
      let ours = CivilDate(daysSinceEpoch: Int64(days))
      #expect(Int(ours.year) == parts.year && ours.month == parts.month && ours.day == parts.day)
    }
  }

  @Test("Decimals of any length are what repeated decimal addition says")
  func decimals() {
    var random = SplitMix64(seed: 4)
    for _ in 0..<300 {
      let value =
        Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0...60, using: &random)
      let bytes = withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) }
      let longer = Array(repeating: bytes[0] & 0x80 == 0 ? 0 : 0xFF, count: 5) + bytes
      #expect(DecimalText.text(bigEndian: longer, scale: 0) == String(value))
      #expect(DecimalText.text(bigEndian: bytes, scale: 0) == String(value))
    }
    // 10^38 - 1 and -(10^38 - 1), the limits of DECIMAL(38).
    let nines = String(repeating: "9", count: 38)
    let limit: [UInt8] = [
      0x4B, 0x3B, 0x4C, 0xA8, 0x5A, 0x86, 0xC4, 0x7A, 0x09, 0x8A, 0x22, 0x3F, 0xFF, 0xFF, 0xFF,
      0xFF,
    ]
    #expect(DecimalText.text(bigEndian: limit, scale: 0) == nines)
    #expect(DecimalText.text(bigEndian: [], scale: 2) == "0.00")
  }

  @Test("Base64 is Foundation's", arguments: 0..<20)
  func base64(count: Int) {
    var random = SplitMix64(seed: UInt64(count))
    let bytes = random.bytes(count)
    var ours: [UInt8] = []
    ours.appendBase64(bytes)
    #expect(String(decoding: ours, as: UTF8.self) == Data(bytes).base64EncodedString())
  }

  @Test("Half precision: the limits of each kind of number")
  func halfPrecision() {
    #expect(RowFormatter.halfPrecision(0x3C00) == 1)
    #expect(RowFormatter.halfPrecision(0xC000) == -2)
    #expect(RowFormatter.halfPrecision(0x7BFF) == 65504)
    #expect(RowFormatter.halfPrecision(0x0001) == 0x1p-24)
    #expect(RowFormatter.halfPrecision(0x0400) == 0x1p-14)
    #expect(RowFormatter.halfPrecision(0xFC00) == -.infinity)
    #expect(RowFormatter.halfPrecision(0x7E00).isNaN)
  }

  @Test("JSON rows are what Foundation's parser understands")
  func json() throws {
    let descriptors = [
      ColumnDescriptor("te\"xt", .byteArray, .string), ColumnDescriptor("x", .double),
      ColumnDescriptor("n", .int32, isNullable: true),
    ]
    let text = "a\u{0}\u{1F}\"\\\n\t\r/é\u{1F600}"
    let columns = [
      Column(.byteArray(try ByteArrays([text]))), Column(.double([-.infinity])),
      Column(.int32([0]), validity: [false]),
    ]
    var line: [UInt8] = []
    RowFormatter(descriptors).appendJSON(row: 0, of: columns, to: &line)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    #expect(object["te\"xt"] as? String == text)
    #expect(object["x"] as? String == "-Infinity")
    #expect(object["n"] is NSNull)
  }
}
