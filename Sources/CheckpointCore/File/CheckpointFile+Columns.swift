import EventLogModel
import ParquetKit

// How the columns of files become those of batches, whoever wrote the files.

extension CheckpointFile {
  /// Where in the file the column of each field lies; nil where it has none yet.
  static func columns(of file: ParquetSchema, for schema: EventSchema) throws -> [Int?] {
    for column in file.columns where schema.index(of: column.name) == nil {
      throw CheckpointFileError(
        .incompatible,
        "The checkpoint has the column \"\(column.name)\", which the event type does not have.")
    }
    return try schema.fields.map { field in
      guard let place = file.index(of: field.name) else {
        guard field.isNullable else {
          throw CheckpointFileError(
            .incompatible, "The checkpoint lacks the column \"\(field.name)\".")
        }
        return nil
      }
      let column = file.columns[place]
      // What had no value at all is written by some as a column of no type.
      if column.logicalType == .null, field.isNullable { return nil }
      guard column.isFlat, isReadable(column, as: field.type) else {
        let annotation = column.logicalType.map { " (\($0.name))" } ?? ""
        throw CheckpointFileError(
          .incompatible,
          "The column \"\(field.name)\" of the checkpoint is \(column.physicalType.name)"
            + "\(annotation), and \(field.type.rawValue) is due.")
      }
      return place
    }
  }

  private static func isReadable(
    _ column: ColumnDescriptor, as type: EventField.ValueType
  ) -> Bool {
    switch (type, column.physicalType, column.logicalType) {
    case (.string, .byteArray, nil), (.string, .byteArray, .string?),
      (.string, .byteArray, .enumeration?):
      true
    // Other tools write integers as 64 bits; whether the values fit is seen when they are read.
    case (.int32, .int32, nil), (.int32, .int64, nil), (.int32, .int32, .integer?),
      (.int32, .int64, .integer?):
      true
    case (.timestamp, .int64, .timestamp?): true
    default: false
    }
  }

  /// Whether a negative value stands for one that is too large for the signed type.
  private static func isUnsigned(_ descriptor: ColumnDescriptor) -> Bool {
    if case .integer(_, isSigned: false)? = descriptor.logicalType { true } else { false }
  }

  static func nullColumn(_ type: EventField.ValueType, count: Int) -> EventColumn {
    let validity = [Bool](repeating: false, count: count)
    return switch type {
    case .string:
      EventColumn(
        values: .string(
          codes: [UInt32](repeating: 0, count: count), dictionary: StringDictionary()),
        validity: validity)
    case .int32:
      EventColumn(values: .int32([Int32](repeating: 0, count: count)), validity: validity)
    case .timestamp:
      EventColumn(values: .timestamp([Int64](repeating: 0, count: count)), validity: validity)
    }
  }

  static func convert(
    _ column: Column, field: EventField, descriptor: ColumnDescriptor
  ) throws -> EventColumn {
    let validity = column.validity
    func isValid(_ row: Int) -> Bool { validity?[row] ?? true }
    func outOfRange(_ row: Int, _ value: Int64) -> CheckpointFileError {
      CheckpointFileError(
        .incompatible,
        "The value \(value) of \"\(field.name)\" in a row of the checkpoint is out of range.")
    }
    switch (field.type, column.values) {
    case (.string, .dictionary(let indices, let dictionary)):
      let strings = try StringDictionary(adopting: dictionary.bytes, offsets: dictionary.offsets)
      return EventColumn(
        values: .string(codes: indices, dictionary: strings), validity: validity)
    case (.string, .byteArray(let values)):
      // One entry a row; equal ones become one when the row group is appended to the batch.
      let strings = try StringDictionary(adopting: values.bytes, offsets: values.offsets)
      return EventColumn(
        values: .string(codes: (0..<values.count).map { UInt32($0) }, dictionary: strings),
        validity: validity)
    case (.int32, .int32(let values)):
      if isUnsigned(descriptor),
        let row = values.indices.first(where: { values[$0] < 0 && isValid($0) })
      {
        throw outOfRange(row, Int64(UInt32(bitPattern: values[row])))
      }
      return EventColumn(values: .int32(values), validity: validity)
    case (.int32, .int64(let values)):
      var narrow = [Int32](repeating: 0, count: values.count)
      for (row, value) in values.enumerated() where isValid(row) {
        guard let fitting = Int32(exactly: value), fitting >= 0 || !isUnsigned(descriptor) else {
          throw outOfRange(row, value)
        }
        narrow[row] = fitting
      }
      return EventColumn(values: .int32(narrow), validity: validity)
    case (.timestamp, .int64(var values)):
      guard case .timestamp(let unit, _)? = descriptor.logicalType else { break }
      let range =
        Timestamp.earliest.microsecondsSinceEpoch...Timestamp.latest.microsecondsSinceEpoch
      for row in values.indices where isValid(row) {
        let value = values[row]
        var microseconds = value
        var overflow = false
        switch unit {
        case .milliseconds:
          (microseconds, overflow) = value.multipliedReportingOverflow(by: 1000)
        case .microseconds: break
        // Rounded down, as the fraction of a timestamp in JSON is cut.
        case .nanoseconds: microseconds = value / 1000 - (value % 1000 < 0 ? 1 : 0)
        }
        guard !overflow, range.contains(microseconds) else { throw outOfRange(row, value) }
        values[row] = microseconds
      }
      return EventColumn(values: .timestamp(values), validity: validity)
    default: break
    }
    throw CheckpointFileError(
      .incompatible, "The column \"\(field.name)\" of the checkpoint is of another type.")
  }
}
