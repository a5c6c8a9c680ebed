/// A pair of free-form metadata (struct `KeyValue`).
public struct KeyValue: Sendable, Hashable {
  /// The name; it may occur more than once in a file.
  public var key: String
  /// The value, if there is one.
  public var value: String?

  /// A pair.
  public init(key: String, value: String?) {
    self.key = key
    self.value = value
  }

  static func readList(
    _ field: CompactReader.Field, from reader: inout CompactReader
  ) throws(ParquetError) -> [KeyValue] {
    var pairs: [KeyValue] = []
    for _ in 0..<(try reader.beginList(field, of: .structure)) {
      var key: String?
      var value: String?
      var last = try reader.beginStruct()
      while let field = try reader.nextField(after: &last) {
        switch field.id {
        case 1: key = try reader.readString(field)
        case 2: value = try reader.readString(field)
        default: try reader.skip(field)
        }
      }
      guard let key else { throw reader.failure("A pair of key-value metadata has no key.") }
      pairs.append(KeyValue(key: key, value: value))
    }
    return pairs
  }

  /// Writes the list as field `id`; an empty list writes nothing.
  static func writeList(_ pairs: [KeyValue], to writer: inout CompactWriter, field id: Int16) {
    writer.field(id, list: pairs.isEmpty ? nil : pairs, of: .structure) { writer, pair in
      writer.writeStruct {
        $0.field(1, pair.key)
        $0.field(2, pair.value)
      }
    }
  }
}
