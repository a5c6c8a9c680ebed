/// The loop of the reflected CRCs of 32 bits, eight bytes at a time by tables ("slicing-by-8").
enum CRC32Tables {
  /// The register after further bytes.
  static func update(_ register: UInt32, _ bytes: RawSpan, _ tables: [UInt32]) -> UInt32 {
    var state = register
    bytes.withUnsafeBytes { bytes in
      tables.withUnsafeBufferPointer { tables in
        var offset = 0
        while bytes.count - offset >= 8 {
          let word = UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
          let mixed = word ^ UInt64(state)
          state =
            tables[7 << 8 | Int(mixed & 0xFF)] ^ tables[6 << 8 | Int(mixed >> 8 & 0xFF)]
            ^ tables[5 << 8 | Int(mixed >> 16 & 0xFF)] ^ tables[4 << 8 | Int(mixed >> 24 & 0xFF)]
            ^ tables[3 << 8 | Int(mixed >> 32 & 0xFF)] ^ tables[2 << 8 | Int(mixed >> 40 & 0xFF)]
            ^ tables[1 << 8 | Int(mixed >> 48 & 0xFF)] ^ tables[Int(mixed >> 56)]
          offset += 8
        }
        while offset < bytes.count {
          state = tables[Int((state ^ UInt32(bytes[offset])) & 0xFF)] ^ state >> 8
          offset += 1
        }
      }
    }
    return state
  }

  /// Eight tables, one behind the other: table `t` holds, at `t * 256 + b`, the effect of byte `b`
  /// followed by `t` zero bytes.
  static func make(polynomial: UInt32) -> [UInt32] {
    var tables: [UInt32] = []
    for byte in 0..<UInt32(256) {
      tables.append((0..<8).reduce(byte) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? polynomial : 0) })
    }
    for index in 256..<2_048 {
      let previous = tables[index - 256]
      tables.append(previous >> 8 ^ tables[Int(previous & 0xFF)])
    }
    return tables
  }
}
