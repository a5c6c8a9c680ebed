/// A pull reader for the Thrift compact protocol, the encoding of Parquet's footer and page headers.
///
/// It walks a struct field by field: `nextField` gives a field's id and type until the stop byte,
/// then exactly one of the `read…` methods or `skip` takes the value. Every length is checked
/// against the bytes that are left before it is used, and nesting is bounded, so hostile input ends
/// in a `ParquetError` and never in a trap, a loop or a large allocation.
///
/// Apache Thrift, "Thrift compact protocol encoding".
struct CompactReader: ~Escapable {
  /// A field's header.
  struct Field {
    let id: Int16
    let type: CompactType
  }

  /// Structs and lists within one another; Parquet's own metadata needs fewer than ten.
  private static let maximumDepth = 32

  private let bytes: RawSpan
  /// Where `bytes` begins in the file, for messages.
  private let base: Int
  /// The next byte to read, counted from the beginning of `bytes`.
  private(set) var position = 0
  private var depth = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, base: Int) {
    self.bytes = bytes
    self.base = base
  }

  /// The error for what was found at the current position.
  func failure(_ message: String) -> ParquetError {
    ParquetError(.corrupt, message, at: .init(offset: base &+ position))
  }

  private func truncation() -> ParquetError {
    ParquetError(
      .truncated, "The Thrift metadata ends in the middle of a value.",
      at: .init(offset: base &+ position))
  }

  @_lifetime(self: copy self)
  private mutating func readByte() throws(ParquetError) -> UInt8 {
    guard position < bytes.byteCount else { throw truncation() }
    defer { position &+= 1 }  // < byteCount, so it cannot overflow
    return bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
  }

  /// An unsigned LEB128 number of at most 64 bits.
  @_lifetime(self: copy self)
  private mutating func readVarint() throws(ParquetError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try readByte()
      let part = UInt64(byte & 0x7F)
      if shift == 63 && part > 1 { throw failure("A Thrift varint does not fit into 64 bits.") }
      value |= part << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
      if shift > 63 { throw failure("A Thrift varint is longer than 10 bytes.") }
    }
  }

  @_lifetime(self: copy self)
  private mutating func readZigZag() throws(ParquetError) -> Int64 {
    let raw = try readVarint()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  // MARK: Structs

  /// Enters a struct; returns the "last field id" that `nextField` needs.
  @_lifetime(self: copy self)
  mutating func beginStruct() throws(ParquetError) -> Int16 {
    depth += 1
    guard depth <= Self.maximumDepth else {
      throw failure("Thrift structs are nested more than \(Self.maximumDepth) deep.")
    }
    return 0
  }

  /// The next field's header, or nil at the end of the struct.
  @_lifetime(self: copy self)
  mutating func nextField(after last: inout Int16) throws(ParquetError) -> Field? {
    let header = try readByte()
    if header == 0 {
      depth -= 1
      return nil
    }
    guard let type = CompactType(rawValue: header & 0x0F) else {
      throw failure("\(header & 0x0F) is not a type of the Thrift compact protocol.")
    }
    let delta = Int16(header >> 4)
    if delta == 0 {
      guard let id = Int16(exactly: try readZigZag()) else {
        throw failure("A Thrift field id does not fit into 16 bits.")
      }
      last = id
    } else {
      let (id, overflow) = last.addingReportingOverflow(delta)
      if overflow { throw failure("A Thrift field id does not fit into 16 bits.") }
      last = id
    }
    return Field(id: last, type: type)
  }

  private func expect(_ type: CompactType, _ field: Field) throws(ParquetError) {
    guard field.type == type else {
      throw failure("Thrift field \(field.id) is of type \(field.type), expected \(type).")
    }
  }

  /// A field that must be a struct; `beginStruct` follows.
  func expectStruct(_ field: Field) throws(ParquetError) {
    try expect(.structure, field)
  }

  // MARK: Values

  func readBool(_ field: Field) throws(ParquetError) -> Bool {
    switch field.type {
    case .booleanTrue: return true
    case .booleanFalse: return false
    default: throw failure("Thrift field \(field.id) is of type \(field.type), expected a boolean.")
    }
  }

  @_lifetime(self: copy self)
  mutating func readInt8(_ field: Field) throws(ParquetError) -> Int8 {
    try expect(.int8, field)
    return Int8(bitPattern: try readByte())
  }

  @_lifetime(self: copy self)
  mutating func readInt16(_ field: Field) throws(ParquetError) -> Int16 {
    try expect(.int16, field)
    guard let value = Int16(exactly: try readZigZag()) else {
      throw failure("Thrift field \(field.id) does not fit into 16 bits.")
    }
    return value
  }

  @_lifetime(self: copy self)
  mutating func readInt32(_ field: Field) throws(ParquetError) -> Int32 {
    try expect(.int32, field)
    return try readInt32Element()
  }

  @_lifetime(self: copy self)
  mutating func readInt64(_ field: Field) throws(ParquetError) -> Int64 {
    try expect(.int64, field)
    return try readZigZag()
  }

  /// A 64-bit field that states an offset, a length or a count: never negative.
  @_lifetime(self: copy self)
  mutating func readCount(_ field: Field, _ what: String) throws(ParquetError) -> Int {
    let value = try readInt64(field)
    guard let count = Int(exactly: value), count >= 0 else {
      throw failure("\(what) is \(value), it must not be negative.")
    }
    return count
  }

  /// A 32-bit field that states a length or a count: never negative.
  @_lifetime(self: copy self)
  mutating func readCount32(_ field: Field, _ what: String) throws(ParquetError) -> Int {
    let value = try readInt32(field)
    guard value >= 0 else { throw failure("\(what) is \(value), it must not be negative.") }
    return Int(value)
  }

  @_lifetime(self: copy self)
  mutating func readBinary(_ field: Field) throws(ParquetError) -> [UInt8] {
    try expect(.binary, field)
    return try readBinaryElement()
  }

  /// Text; bytes that are not UTF-8 are replaced, since names are for people.
  @_lifetime(self: copy self)
  mutating func readString(_ field: Field) throws(ParquetError) -> String {
    String(decoding: try readBinary(field), as: UTF8.self)
  }

  // MARK: Lists

  /// Enters a list of `element`s and returns how many there are; each takes at least one byte, so
  /// the count is at most the number of bytes that are left.
  @_lifetime(self: copy self)
  mutating func beginList(
    _ field: Field, of element: CompactType
  ) throws(ParquetError) -> Int {
    try expect(.list, field)
    let (type, count) = try readListHeader()
    // Writers differ in which of its two codes stands for a list of booleans.
    let isBoolean = element == .booleanTrue && type == .booleanFalse
    guard type == element || isBoolean || count == 0 else {
      throw failure("Thrift field \(field.id) is a list of \(type), expected \(element).")
    }
    return count
  }

  /// A whole list of 64-bit numbers.
  @_lifetime(self: copy self)
  mutating func readInt64List(_ field: Field) throws(ParquetError) -> [Int64] {
    var numbers: [Int64] = []
    for _ in 0..<(try beginList(field, of: .int64)) { numbers.append(try readInt64Element()) }
    return numbers
  }

  /// A whole list of byte strings.
  @_lifetime(self: copy self)
  mutating func readBinaryList(_ field: Field) throws(ParquetError) -> [[UInt8]] {
    var strings: [[UInt8]] = []
    for _ in 0..<(try beginList(field, of: .binary)) { strings.append(try readBinaryElement()) }
    return strings
  }

  @_lifetime(self: copy self)
  private mutating func readListHeader() throws(ParquetError) -> (CompactType, Int) {
    let header = try readByte()
    guard let type = CompactType(rawValue: header & 0x0F) else {
      // Of no elements some writers state no type either.
      if header == 0 { return (.int8, 0) }
      throw failure("\(header & 0x0F) is not a type of the Thrift compact protocol.")
    }
    var count = UInt64(header >> 4)
    if count == 15 { count = try readVarint() }
    guard let exact = Int(exactly: count), exact <= bytes.byteCount &- position else {
      throw failure("A Thrift list states \(count) elements, more than there are bytes left.")
    }
    return (type, exact)
  }

  /// A boolean in a list takes a byte of its own: 1 is true; false is 2, or 0 with some writers.
  @_lifetime(self: copy self)
  mutating func readBoolElement() throws(ParquetError) -> Bool {
    let byte = try readByte()
    guard byte <= 2 else { throw failure("\(byte) is not a boolean of the Thrift protocol.") }
    return byte == 1
  }

  @_lifetime(self: copy self)
  mutating func readInt32Element() throws(ParquetError) -> Int32 {
    guard let value = Int32(exactly: try readZigZag()) else {
      throw failure("A Thrift number does not fit into 32 bits.")
    }
    return value
  }

  @_lifetime(self: copy self)
  mutating func readInt64Element() throws(ParquetError) -> Int64 {
    try readZigZag()
  }

  @_lifetime(self: copy self)
  mutating func readBinaryElement() throws(ParquetError) -> [UInt8] {
    let length = try readVarint()
    guard let count = Int(exactly: length), count <= bytes.byteCount &- position else {
      throw failure("A Thrift string states \(length) bytes, more than are left.")
    }
    let part = bytes.extracting(position..<position &+ count)
    position &+= count
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      part.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      initialized = count
    }
  }

  // MARK: Skipping

  /// Passes over the value of a field that is not of interest.
  @_lifetime(self: copy self)
  mutating func skip(_ field: Field) throws(ParquetError) {
    switch field.type {
    case .booleanTrue, .booleanFalse: return
    default: try skipElement(field.type)
    }
  }

  @_lifetime(self: copy self)
  private mutating func skipElement(_ type: CompactType) throws(ParquetError) {
    switch type {
    case .booleanTrue, .booleanFalse, .int8: _ = try readByte()
    case .int16, .int32, .int64: _ = try readVarint()
    case .double: try advance(8)
    case .uuid: try advance(16)
    case .binary:
      let length = try readVarint()
      guard let count = Int(exactly: length) else { throw truncation() }
      try advance(count)
    case .list, .set:
      let (element, count) = try readListHeader()
      try enter()
      for _ in 0..<count { try skipElement(element) }
      depth -= 1
    case .map:
      let count = try readVarint()
      if count == 0 { return }
      let types = try readByte()
      guard let key = CompactType(rawValue: types >> 4),
        let value = CompactType(rawValue: types & 0x0F),
        let exact = Int(exactly: count), exact <= bytes.byteCount &- position
      else { throw failure("A Thrift map has an impossible header.") }
      try enter()
      for _ in 0..<exact {
        try skipElement(key)
        try skipElement(value)
      }
      depth -= 1
    case .structure:
      var last = try beginStruct()
      while let field = try nextField(after: &last) { try skip(field) }
    }
  }

  @_lifetime(self: copy self)
  private mutating func enter() throws(ParquetError) {
    depth += 1
    guard depth <= Self.maximumDepth else {
      throw failure("Thrift values are nested more than \(Self.maximumDepth) deep.")
    }
  }

  @_lifetime(self: copy self)
  private mutating func advance(_ count: Int) throws(ParquetError) {
    guard count <= bytes.byteCount &- position else { throw truncation() }
    position &+= count
  }
}
