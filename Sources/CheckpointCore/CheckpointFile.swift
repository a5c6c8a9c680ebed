import EventLogModel
import ParquetKit

/// A checkpoint as a Parquet file: events in order, with a footer that says until when they are
/// complete.
struct CheckpointFile {
  /// Until when a file is complete, and for what: a mark counts only for the same source, key
  /// template, schema and treatment of unknown fields, which its basis stands for.
  struct Mark: Sendable, Hashable {
    var completeUntil: Timestamp
    var basis: String

    /// The earlier of two marks for the same; nil where they are for different things.
    func earlier(_ other: Mark) -> Mark? {
      guard basis == other.basis else { return nil }
      return completeUntil < other.completeUntil ? self : other
    }
  }

  /// The events.
  let batch: EventBatch
  /// What the footer says; nil where it says nothing.
  let mark: Mark?
  /// The columns of the schema that the file does not have yet.
  let missingColumns: [String]

  /// The most rows of a row group: enough for dictionaries and compression to pay and for few
  /// footer entries, and so few that the rows of one are some tens of megabytes in memory.
  static let rowGroupSize = 131_072

  private static let completeUntilKey = "event_checkpoint.complete_until"
  private static let basisKey = "event_checkpoint.basis"
  private static let schemaKey = "event_checkpoint.schema"

  // MARK: - Writing

  /// The bytes of a file. Equal rows, mark and compression give equal bytes.
  ///
  /// - Parameter batch: Rows in the order of the schema.
  static func encode(
    _ batch: EventBatch, mark: Mark?, compression: Compression
  ) async throws -> [UInt8] {
    let schema = batch.schema
    let options = WriteOptions(
      compression: compression,
      sortingColumns: schema.order.map { SortingColumn(column: $0, nullsFirst: true) })
    let descriptors = schema.fields.map { field in
      switch field.type {
      case .string:
        ColumnDescriptor(field.name, .byteArray, .string, isNullable: field.isNullable)
      case .int32: ColumnDescriptor(field.name, .int32, isNullable: field.isNullable)
      case .timestamp:
        ColumnDescriptor(
          field.name, .int64, .timestamp(.microseconds, isAdjustedToUTC: true),
          isNullable: field.isNullable)
      }
    }
    var writer = try ParquetWriter(
      to: BytesSink(), schema: ParquetSchema(descriptors), options: options)
    let columns = try batch.columns.map { column in
      switch column.values {
      case .string(let codes, let dictionary):
        let strings = try ByteArrays(bytes: dictionary.bytes, offsets: dictionary.offsets)
        return Column(
          .dictionary(indices: codes, dictionary: strings), validity: column.validity)
      case .int32(let values): return Column(.int32(values), validity: column.validity)
      case .timestamp(let values): return Column(.int64(values), validity: column.validity)
      }
    }
    for start in stride(from: 0, to: batch.count, by: rowGroupSize) {
      try await writer.writeRowGroup(columns, rows: start..<min(start + rowGroupSize, batch.count))
    }
    var metadata: [KeyValue] = []
    if let mark {
      metadata.append(KeyValue(key: completeUntilKey, value: mark.completeUntil.description))
      metadata.append(KeyValue(key: basisKey, value: mark.basis))
    }
    let version = "\(schema.name) \(CheckpointState.text(of: schema.fingerprint))"
    metadata.append(KeyValue(key: schemaKey, value: version))
    return try await writer.finish(keyValueMetadata: metadata).bytes
  }

  // MARK: - Reading

  /// Reads a file whole.
  ///
  /// - Throws: ``CheckpointFileError`` for a file that is damaged, or whose columns are not those
  ///   of the schema.
  static func decode(_ bytes: [UInt8], schema: EventSchema) async throws -> CheckpointFile {
    do {
      let file = try await ParquetFile.open(BytesSource(bytes))
      let places = try columns(of: file.schema, for: schema)
      var batch = EventBatch(schema: schema)
      for (index, rowGroup) in file.metadata.rowGroups.enumerated() {
        let wanted = places.compactMap { $0 }
        var columns = try await file.readRowGroup(index, columns: wanted).makeIterator()
        var converted: [EventColumn] = []
        for (field, place) in zip(schema.fields, places) {
          if let place, let column = columns.next() {
            converted.append(
              try convert(column, field: field, descriptor: file.schema.columns[place]))
          } else {
            converted.append(nullColumn(field.type, count: rowGroup.rowCount))
          }
        }
        let part = try EventBatch(schema: schema, columns: converted, count: rowGroup.rowCount)
        try batch.append(contentsOf: part)
      }
      var mark: Mark?
      if let text = file.metadata.value(forKey: completeUntilKey),
        let basis = file.metadata.value(forKey: basisKey),
        let completeUntil = Timestamp(parsing: text)
      {
        mark = Mark(completeUntil: completeUntil, basis: basis)
      }
      return CheckpointFile(
        batch: batch, mark: mark,
        missingColumns: zip(schema.fields, places).compactMap { $1 == nil ? $0.name : nil })
    } catch let error as CheckpointFileError {
      throw error
    } catch {
      throw CheckpointFileError(.damaged, "The checkpoint is damaged: \(error)", underlying: error)
    }
  }

  /// Where in the file the column of each field lies; nil where it has none yet.
  private static func columns(of file: ParquetSchema, for schema: EventSchema) throws -> [Int?] {
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
    case (.int32, .int32, nil), (.int32, .int64, nil), (.int32, .int32, .integer(_, true)?),
      (.int32, .int64, .integer(_, true)?):
      true
    case (.timestamp, .int64, .timestamp?): true
    default: false
    }
  }

  private static func nullColumn(_ type: EventField.ValueType, count: Int) -> EventColumn {
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

  private static func convert(
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
      return EventColumn(values: .int32(values), validity: validity)
    case (.int32, .int64(let values)):
      var narrow = [Int32](repeating: 0, count: values.count)
      for (row, value) in values.enumerated() where isValid(row) {
        guard let fitting = Int32(exactly: value) else { throw outOfRange(row, value) }
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

/// Why a file is no checkpoint of an event type.
struct CheckpointFileError: Error, CustomStringConvertible {
  enum Code: Hashable {
    /// The file contradicts itself or its format.
    case damaged
    /// The file is whole, but has other columns or values than the event type.
    case incompatible
  }

  let code: Code
  let description: String
  let underlying: (any Error)?

  init(_ code: Code, _ description: String, underlying: (any Error)? = nil) {
    self.code = code
    self.description = description
    self.underlying = underlying
  }

  /// The description, and what a person can do about a file that a run has left as it is.
  var descriptionWithRemedy: String {
    description + " It was left as it is: restore an earlier version of it, or rebuild it with "
      + "--rebuild, which keeps this file under another name."
  }
}
