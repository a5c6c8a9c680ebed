/// Writes the Thrift compact protocol into a byte array.
///
/// Fields must be written in ascending order of their ids, as Parquet's own writers do.
struct CompactWriter {
  private(set) var bytes: [UInt8] = []
  /// The last field id of each struct that is open, outermost first.
  private var lastFields: [Int16] = []

  private mutating func writeZigZag(_ value: Int64) {
    bytes.appendVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  private mutating func writeHeader(_ id: Int16, _ type: CompactType) {
    let last = lastFields.last ?? 0
    let delta = Int(id) - Int(last)
    if (1...15).contains(delta) {
      bytes.append(UInt8(delta) << 4 | type.rawValue)
    } else {
      bytes.append(type.rawValue)
      writeZigZag(Int64(id))
    }
    if !lastFields.isEmpty { lastFields[lastFields.count - 1] = id }
  }

  // MARK: Structs

  /// A struct on its own or as an element of a list; `body` writes its fields.
  mutating func writeStruct(_ body: (inout CompactWriter) -> Void) {
    lastFields.append(0)
    body(&self)
    lastFields.removeLast()
    bytes.append(0)
  }

  /// A field that is a struct.
  mutating func field(_ id: Int16, _ body: (inout CompactWriter) -> Void) {
    writeHeader(id, .structure)
    writeStruct(body)
  }

  // MARK: Values; nil writes nothing

  mutating func field(_ id: Int16, _ value: Bool?) {
    guard let value else { return }
    writeHeader(id, value ? .booleanTrue : .booleanFalse)
  }

  mutating func field(_ id: Int16, _ value: Int8?) {
    guard let value else { return }
    writeHeader(id, .int8)
    bytes.append(UInt8(bitPattern: value))
  }

  mutating func field(_ id: Int16, _ value: Int16?) {
    guard let value else { return }
    writeHeader(id, .int16)
    writeZigZag(Int64(value))
  }

  mutating func field(_ id: Int16, _ value: Int32?) {
    guard let value else { return }
    writeHeader(id, .int32)
    writeZigZag(Int64(value))
  }

  mutating func field(_ id: Int16, _ value: Int64?) {
    guard let value else { return }
    writeHeader(id, .int64)
    writeZigZag(value)
  }

  mutating func field(_ id: Int16, _ value: [UInt8]?) {
    guard let value else { return }
    writeHeader(id, .binary)
    writeBinaryElement(value)
  }

  mutating func field(_ id: Int16, _ value: String?) {
    guard let value else { return }
    field(id, Array(value.utf8))
  }

  // MARK: Lists; nil writes nothing

  /// A field that is a list; `write` writes one element.
  mutating func field<Element>(
    _ id: Int16, list elements: [Element]?, of type: CompactType,
    _ write: (inout CompactWriter, Element) -> Void
  ) {
    guard let elements else { return }
    writeHeader(id, .list)
    if elements.count < 15 {
      bytes.append(UInt8(elements.count) << 4 | type.rawValue)
    } else {
      bytes.append(0xF0 | type.rawValue)
      bytes.appendVarint(UInt64(elements.count))
    }
    for element in elements { write(&self, element) }
  }

  /// A boolean in a list: 1 is true, 2 is false.
  mutating func writeBoolElement(_ value: Bool) {
    bytes.append(value ? 1 : 2)
  }

  mutating func writeInt32Element(_ value: Int32) {
    writeZigZag(Int64(value))
  }

  mutating func writeInt64Element(_ value: Int64) {
    writeZigZag(value)
  }

  mutating func writeBinaryElement(_ value: [UInt8]) {
    bytes.appendVarint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }
}
