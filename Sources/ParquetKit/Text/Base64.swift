extension [UInt8] {
  /// Appends bytes in base64 with padding (RFC 4648, section 4).
  mutating func appendBase64(_ bytes: some Collection<UInt8>) {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var pending: UInt32 = 0
    var count = 0
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      count += 1
      if count == 3 {
        for shift in [18, 12, 6, 0] as [UInt32] { append(alphabet[Int(pending >> shift & 63)]) }
        pending = 0
        count = 0
      }
    }
    if count == 0 { return }
    pending <<= UInt32(8 * (3 - count))
    for index in 0...count { append(alphabet[Int(pending >> UInt32(18 - 6 * index) & 63)]) }
    append(contentsOf: repeatElement(UInt8(ascii: "="), count: 3 - count))
  }
}
