extension EventBatch {
  /// Appends an event as one JSON object, without white space, to an array of bytes.
  ///
  /// Null fields are left out, and so is the time at which the source was modified. A row that came
  /// from JSON gives JSON of the same meaning: the same fields and values, but for surrounding white
  /// space, timestamps in UTC, and integers in their plain form.
  ///
  /// - Parameters:
  ///   - row: The row, less than ``count``.
  ///   - bytes: Where the object is appended.
  public func writeJSON(row: Int, into bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    var isFirst = true
    for (index, field) in schema.fields.enumerated() {
      if field.origin != .json || columns[index].isNull(at: row) { continue }
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      JSONText.append(string: field.name, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      columns[index].writeJSON(row: row, into: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  /// An event as one JSON object: see ``writeJSON(row:into:)``.
  public func json(row: Int) -> String {
    var bytes: [UInt8] = []
    writeJSON(row: row, into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension EventColumn {
  /// Appends a value that is not null as JSON.
  fileprivate func writeJSON(row: Int, into bytes: inout [UInt8]) {
    switch type {
    case .string: JSONText.append(string: dictionary[bytesOf: codes[row]], to: &bytes)
    case .int32: bytes.append(contentsOf: "\(int32s[row])".utf8)
    case .timestamp:
      bytes.append(UInt8(ascii: "\""))
      Timestamp(microsecondsSinceEpoch: timestamps[row]).write(into: &bytes)
      bytes.append(UInt8(ascii: "\""))
    }
  }
}

/// Writing of JSON strings.
enum JSONText {
  /// Appends a string in quotes, with escapes only where JSON demands them.
  static func append(string text: RawSpan, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var runStart = 0
    for offset in 0..<text.byteCount {
      let byte = text.byte(at: offset)
      if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
      bytes.append(bytesOf: text.extracting(runStart..<offset))
      runStart = offset + 1
      appendEscape(byte, to: &bytes)
    }
    bytes.append(bytesOf: text.extracting(runStart..<text.byteCount))
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends a string in quotes.
  static func append(string text: String, to bytes: inout [UInt8]) {
    let utf8 = Array(text.utf8)
    append(string: utf8.span.bytes, to: &bytes)
  }

  private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    default:
      bytes.append(contentsOf: "u00".utf8)
      for nibble in [byte >> 4, byte & 0xF] {
        bytes.append(nibble < 10 ? 0x30 + nibble : 0x61 + nibble - 10)
      }
    }
  }
}
