import EventLogModel
import ParquetKit

/// A batch of events as Parquet columns, repeated to a number of rows.
enum EventTable {
  static func schema(_ events: EventSchema) throws -> ParquetSchema {
    try ParquetSchema(
      events.fields.map { field in
        switch field.type {
        case .string:
          ColumnDescriptor(field.name, .byteArray, .string, isNullable: field.isNullable)
        case .int32: ColumnDescriptor(field.name, .int32, isNullable: field.isNullable)
        case .timestamp:
          ColumnDescriptor(
            field.name, .int64, .timestamp(.microseconds, isAdjustedToUTC: true),
            isNullable: field.isNullable)
        }
      })
  }

  /// The batch's rows over and over, each round of them an hour later.
  static func columns(_ batch: EventBatch, rows: Int) throws -> [Column] {
    func repeated<Value>(_ values: [Value]) -> [Value] {
      (0..<rows).map { values[$0 % values.count] }
    }
    return try batch.columns.map { column in
      let validity = column.validity.map(repeated)
      switch column.values {
      case .string(let codes, let dictionary):
        let strings = try ByteArrays(bytes: dictionary.bytes, offsets: dictionary.offsets)
        return Column(
          .dictionary(indices: repeated(codes), dictionary: strings), validity: validity)
      case .int32(let values):
        return Column(.int32(repeated(values)), validity: validity)
      case .timestamp(let values):
        let hour: Int64 = 3_600_000_000
        return Column(
          .int64((0..<rows).map { values[$0 % values.count] + Int64($0 / values.count) * hour }),
          validity: validity)
      }
    }
  }
}
