/// Events in columns, parallel to the fields of a schema.
public struct EventBatch: Sendable {
  /// The event type.
  public let schema: EventSchema
  /// The number of events.
  public internal(set) var count: Int
  /// The columns, parallel to the fields of ``schema``.
  public internal(set) var columns: [EventColumn]

  /// A batch without events.
  public init(schema: EventSchema) {
    self.schema = schema
    count = 0
    columns = schema.fields.map { EventColumn(type: $0.type) }
  }

  /// A batch of columns, such as those of a checkpoint file. The shapes are checked, the rules of
  /// the schema are not.
  ///
  /// - Parameters:
  ///   - schema: The event type.
  ///   - columns: One column per field of the schema.
  ///   - count: The number of rows of each column.
  /// - Throws: ``EventBatchError`` where the columns do not have the shape that the schema asks
  ///   for, or a code lies outside its dictionary.
  public init(schema: EventSchema, columns: [EventColumn], count: Int) throws(EventBatchError) {
    guard columns.count == schema.fields.count else {
      throw .columnCount(expected: schema.fields.count, found: columns.count)
    }
    for (field, column) in zip(schema.fields, columns) {
      guard column.type == field.type else {
        throw .columnType(field: field.name, expected: field.type, found: column.type)
      }
      guard column.count == count else {
        throw .rowCount(field: field.name, expected: count, found: column.count)
      }
      if let validity = column.validity {
        guard validity.count == count else {
          throw .rowCount(field: field.name, expected: count, found: validity.count)
        }
        if !field.isNullable, let row = validity.firstIndex(of: false) {
          throw .unexpectedNull(field: field.name, row: row)
        }
      }
      if column.type == .string {
        let entries = UInt32(column.dictionary.count)
        for row in 0..<count where column.codes[row] >= entries && !column.isNull(at: row) {
          throw .codeOutOfRange(field: field.name, row: row)
        }
      }
    }
    self.schema = schema
    self.columns = columns
    self.count = count
  }

  /// Reserves room for a number of rows in all.
  public mutating func reserveCapacity(_ rows: Int) {
    for index in columns.indices { columns[index].reserveCapacity(rows) }
  }

  /// Appends all rows of another batch of the same schema; strings are coded anew.
  ///
  /// - Throws: ``EventBatchError`` where the schemas differ or the strings no longer fit; the
  ///   batch is then as it was.
  public mutating func append(contentsOf other: EventBatch) throws(EventBatchError) {
    try append(rows: 0..<other.count, of: other)
  }

  /// Appends some rows of another batch of the same schema, in the order given, which may repeat
  /// or leave out rows; strings are coded anew.
  ///
  /// - Throws: ``EventBatchError`` where the schemas differ, a row is not one of the other
  ///   batch's, or the strings no longer fit; the batch is then as it was.
  /// - Complexity: O(rows × columns + the other's dictionary entries); each distinct string that
  ///   is used is hashed once.
  public mutating func append(
    rows: some Collection<Int>, of other: EventBatch
  ) throws(EventBatchError) {
    guard schema == other.schema else { throw .schemaMismatch }
    for row in rows where row < 0 || row >= other.count {
      throw .noSuchRow(row, count: other.count)
    }
    for index in columns.indices {
      do throws(StringDictionaryError) {
        try columns[index].append(rows: rows, of: other.columns[index])
      } catch {
        for index in columns.indices { columns[index].truncate(to: count) }
        throw .full(field: schema.fields[index].name)
      }
    }
    count += rows.count
  }
}

extension EventColumn {
  /// Removes the rows from one on. Strings that only they used stay in the dictionary.
  mutating func truncate(to rows: Int) {
    switch type {
    case .string: codes.removeSubrange(min(rows, codes.count)...)
    case .int32: int32s.removeSubrange(min(rows, int32s.count)...)
    case .timestamp: timestamps.removeSubrange(min(rows, timestamps.count)...)
    }
    if let flags = validity { validity = Array(flags.prefix(rows)) }
  }

  fileprivate mutating func append(
    rows: some Collection<Int>, of other: EventColumn
  ) throws(StringDictionaryError) {
    let previousCount = count
    switch type {
    case .string:
      // The code that each of the other's entries has here, once it is known.
      var recoded = [UInt32](repeating: .max, count: other.dictionary.count)
      codes.reserveGeometrically(rows.count)
      for row in rows {
        if other.isNull(at: row) {
          codes.append(0)
          continue
        }
        let code = Int(other.codes[row])
        if recoded[code] == .max {
          recoded[code] = try dictionary.intern(other.dictionary[bytesOf: UInt32(code)])
        }
        codes.append(recoded[code])
      }
    case .int32:
      int32s.reserveGeometrically(rows.count)
      for row in rows { int32s.append(other.int32s[row]) }
    case .timestamp:
      timestamps.reserveGeometrically(rows.count)
      for row in rows { timestamps.append(other.timestamps[row]) }
    }
    let hasNull = other.validity.map { flags in rows.contains { !flags[$0] } } ?? false
    if hasNull, validity == nil { validity = [Bool](repeating: true, count: previousCount) }
    if validity != nil {
      for row in rows { validity?.append(!other.isNull(at: row)) }
    }
  }
}

extension Array {
  /// Reserves room for more elements, at least doubling the room, so that many small appends stay
  /// linear in all.
  fileprivate mutating func reserveGeometrically(_ more: Int) {
    if count + more > capacity { reserveCapacity(Swift.max(count + more, capacity * 2)) }
  }
}

/// Why columns are not an ``EventBatch``, or cannot be joined with one.
public enum EventBatchError: Error, Sendable, Hashable, CustomStringConvertible {
  /// There is not one column per field.
  case columnCount(expected: Int, found: Int)
  /// A column holds values of another type than its field.
  case columnType(
    field: String, expected: EventField.ValueType, found: EventField.ValueType)
  /// A column or its validity does not have as many entries as the batch has rows.
  case rowCount(field: String, expected: Int, found: Int)
  /// A field that is never null is null in a row.
  case unexpectedNull(field: String, row: Int)
  /// A row's code lies outside the dictionary.
  case codeOutOfRange(field: String, row: Int)
  /// The batches are of different event types.
  case schemaMismatch
  /// A row was asked for that the batch does not have.
  case noSuchRow(Int, count: Int)
  /// The strings of a column no longer fit 32-bit offsets (4 GiB).
  case full(field: String)

  /// The error as a sentence.
  public var description: String {
    switch self {
    case .columnCount(let expected, let found):
      "There are \(found) columns where the event type has \(expected)."
    case .columnType(let field, let expected, let found):
      "The column \"\(field)\" holds \(found.rawValue) values where \(expected.rawValue) is due."
    case .rowCount(let field, let expected, let found):
      "The column \"\(field)\" has \(found) entries where the batch has \(expected) rows."
    case .unexpectedNull(let field, let row):
      "The column \"\(field)\" is null in row \(row), and must never be."
    case .codeOutOfRange(let field, let row):
      "The code of \"\(field)\" in row \(row) lies outside its dictionary."
    case .schemaMismatch: "The batches are of different event types."
    case .noSuchRow(let row, let count): "There is no row \(row) in a batch of \(count)."
    case .full(let field):
      "The column \"\(field)\" holds 4 GiB of strings and cannot take another."
    }
  }
}
