/// The library that wrote a file and its version, out of `created_by`: `parquet-mr version 1.8.1
/// (build 4aba4da)`.
///
/// Parquet format, `FileMetaData.created_by`.
struct WriterVersion {
  /// What stands before "version", or everything.
  let application: Substring
  /// The numbers of the version; nil when none is stated.
  let numbers: [Int]?

  init?(createdBy: String?) {
    guard let createdBy else { return nil }
    let words = createdBy.split(separator: " ")
    guard let application = words.first else { return nil }
    self.application = application
    guard words.count >= 3, words[1] == "version" else {
      numbers = nil
      return
    }
    numbers = words[2].prefix { $0.isNumber || $0 == "." }.split(separator: ".").map {
      Int($0) ?? 0
    }
  }

  /// Whether it is this application before this version, or without one.
  func isBefore(_ version: [Int], of application: String) -> Bool {
    guard self.application == application else { return false }
    return numbers?.lexicographicallyPrecedes(version) ?? true
  }
}

extension FileMetadata {
  /// Whether the writer left the dictionary page's header out of `totalCompressedSize`, as
  /// parquet-mr did before 1.2.9 (PARQUET-816).
  var omitsDictionaryHeader: Bool {
    WriterVersion(createdBy: createdBy)?.isBefore([1, 2, 9], of: "parquet-mr") ?? false
  }

  /// Whether the file says that the column's bounds are in the order of its type (`ColumnOrder`).
  func hasTypeDefinedOrder(_ column: Int) -> Bool {
    guard let orders = hasTypeDefinedOrder, orders.indices.contains(column) else { return false }
    return orders[column]
  }

  /// Whether bounds of the column in statistics and column indexes can be believed: the file says
  /// that they are in the order of the column's type, the type has one, and the writer is none of
  /// those that compared byte arrays and unsigned numbers as if they were signed (PARQUET-251,
  /// PARQUET-1025).
  ///
  /// - Parameter column: the column's index in the schema.
  func hasTrustworthyBounds(_ column: Int, _ descriptor: ColumnDescriptor) -> Bool {
    guard descriptor.hasValueOrder, hasTypeDefinedOrder(column) else { return false }
    guard let writer = WriterVersion(createdBy: createdBy) else { return true }
    if descriptor.isOrderedAsSigned { return true }
    return !writer.isBefore([1, 10, 0], of: "parquet-mr")
      && !writer.isBefore([1, 3, 0], of: "parquet-cpp")
  }
}

extension ColumnDescriptor {
  /// Whether the values are numbers with a sign, which every writer has compared as such.
  fileprivate var isOrderedAsSigned: Bool {
    switch (physicalType, logicalType) {
    case (.int32, .integer(_, isSigned: false)?), (.int64, .integer(_, isSigned: false)?): false
    case (.boolean, _), (.int32, _), (.int64, _), (.float, _), (.double, _): true
    case (.int96, _), (.byteArray, _), (.fixedLengthByteArray, _): false
    }
  }
}
