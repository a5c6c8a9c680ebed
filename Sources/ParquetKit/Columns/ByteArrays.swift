/// Byte strings back to back in one buffer: the values of a BYTE_ARRAY column, or its dictionary.
///
/// String `i` is `bytes[offsets[i]..<offsets[i + 1]]`; `offsets` has one entry more than there are
/// strings and begins with 0.
public struct ByteArrays: Sendable, Hashable {
  /// All strings, one after the other.
  public private(set) var bytes: [UInt8]
  /// Where each string begins, and at the end where the last one ends.
  public private(set) var offsets: [UInt32]

  /// No strings.
  public init() {
    bytes = []
    offsets = [0]
  }

  /// Strings in a buffer that is already there.
  ///
  /// - Throws: `invalidArgument` unless the offsets begin with 0, never fall and end at the end of
  ///   `bytes`.
  public init(bytes: [UInt8], offsets: [UInt32]) throws(ParquetError) {
    guard offsets.first == 0, offsets.last.map(Int.init) == bytes.count else {
      throw ParquetError(
        .invalidArgument, "The offsets of byte arrays begin with 0 and end with their total size.")
    }
    var previous: UInt32 = 0
    for offset in offsets {
      guard offset >= previous else {
        throw ParquetError(.invalidArgument, "The offsets of byte arrays must never fall.")
      }
      previous = offset
    }
    self.bytes = bytes
    self.offsets = offsets
  }

  /// Text, one byte array a string.
  public init(_ strings: some Sequence<String>) throws(ParquetError) {
    self.init()
    for string in strings {
      var string = string
      // The closure's error is carried out by hand: `withUTF8` rethrows as `any Error`.
      let appended = string.withUTF8 { append(UnsafeRawBufferPointer($0)) }
      if !appended { throw Self.tooLarge }
    }
  }

  /// The number of strings.
  public var count: Int { offsets.count - 1 }

  /// The place of a string in `bytes`.
  ///
  /// - Precondition: `index` is at least 0 and less than `count`.
  public func range(_ index: Int) -> Range<Int> {
    Int(offsets[index])..<Int(offsets[index + 1])
  }

  /// A string's bytes.
  ///
  /// - Precondition: `index` is at least 0 and less than `count`.
  public subscript(_ index: Int) -> ArraySlice<UInt8> {
    bytes[range(index)]
  }

  /// Appends a string.
  ///
  /// - Throws: `limitExceeded` when all strings together would exceed 4 GiB.
  public mutating func append(_ string: some Collection<UInt8>) throws(ParquetError) {
    guard let end = end(after: string.count) else { throw Self.tooLarge }
    bytes.append(contentsOf: string)
    offsets.append(end)
  }

  /// Appends a string and says whether it fit.
  private mutating func append(_ string: UnsafeRawBufferPointer) -> Bool {
    guard let end = end(after: string.count) else { return false }
    bytes.append(contentsOf: string)
    offsets.append(end)
    return true
  }

  /// The offset after `count` more bytes, or nil beyond 4 GiB.
  private func end(after count: Int) -> UInt32? {
    let (end, overflow) = bytes.count.addingReportingOverflow(count)
    return overflow ? nil : UInt32(exactly: end)
  }

  static let tooLarge = ParquetError(
    .limitExceeded, "The byte arrays of one column chunk exceed 4 GiB; write smaller row groups.")
}

// MARK: For decoders and encoders of this module, which check lengths themselves

extension ByteArrays {
  /// Appends all strings of another buffer.
  mutating func append(contentsOf other: ByteArrays) throws(ParquetError) {
    guard end(after: other.bytes.count) != nil else { throw Self.tooLarge }
    let base = UInt32(bytes.count)  // fits, as the end does
    bytes.append(contentsOf: other.bytes)
    offsets.reserveCapacity(offsets.count + other.count)
    for offset in other.offsets.dropFirst() { offsets.append(base &+ offset) }
  }

  /// Appends strings that lie in `source` as PLAIN encoding has them: a 4-byte little-endian length
  /// before each. Returns the number of bytes that they took.
  mutating func appendPlain(_ source: RawSpan, count: Int) throws(ParquetError) -> Int {
    let total = source.byteCount
    guard count <= total / 4 else {
      throw ParquetError(
        .corrupt, "A page states \(count) byte arrays in \(total) bytes, each needs at least 4.")
    }
    // Lengths first: afterwards nothing can fail and the bytes go over in one reservation.
    var position = 0
    for index in 0..<count {
      guard total - position >= 4 else { throw Self.cutOff(index, of: count) }
      let length = Int(
        UInt32(littleEndian: source.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self)))
      position += 4
      guard length <= total - position else { throw Self.cutOff(index, of: count) }
      position += length
    }
    let payload = position - 4 * count
    guard end(after: payload) != nil else { throw Self.tooLarge }
    offsets.reserveCapacity(offsets.count + count)
    var end = UInt32(bytes.count)
    bytes.append(addingCapacity: payload) { output in
      source.withUnsafeBytes { source in
        output.withUnsafeMutableBufferPointer { buffer, initialized in
          guard let target = buffer.baseAddress, let origin = source.baseAddress else { return }
          var position = 0
          for _ in 0..<count {
            let length = Int(
              UInt32(littleEndian: origin.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
            position += 4
            UnsafeMutableRawPointer(target + initialized)
              .copyMemory(from: origin + position, byteCount: length)
            initialized += length
            position += length
            end &+= UInt32(length)  // at most the end that was checked above
            offsets.append(end)
          }
        }
      }
    }
    return position
  }

  /// Appends strings in DELTA_LENGTH_BYTE_ARRAY encoding.
  mutating func appendDeltaLength(_ source: RawSpan, count: Int) throws(ParquetError) {
    var end = bytes.count
    let place = try DeltaLengthByteArray.decodeLengths(source, count: count) {
      (length: Int) throws(ParquetError) in
      end += length
      guard let offset = UInt32(exactly: end) else { throw Self.tooLarge }
      offsets.append(offset)
    }
    source.extracting(place).withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Appends strings in DELTA_BYTE_ARRAY encoding.
  mutating func appendDelta(
    _ source: RawSpan, count: Int, budget: inout ExpansionBudget
  ) throws(ParquetError) {
    var end = bytes.count
    // Taken out of `self`, since the bytes are appended to at the same time.
    var ends: [UInt32] = []
    swap(&ends, &offsets)
    defer { swap(&ends, &offsets) }
    try DeltaByteArray.decode(source, count: count, budget: &budget, into: &bytes) {
      (length: Int) throws(ParquetError) in
      end += length
      guard let offset = UInt32(exactly: end) else { throw Self.tooLarge }
      ends.append(offset)
    }
  }

  /// Some of the strings.
  func strings(_ range: Range<Int>) -> ByteArrays {
    let start = offsets[range.lowerBound]
    var part = ByteArrays()
    part.bytes = Array(bytes[Int(start)..<Int(offsets[range.upperBound])])
    part.offsets = offsets[range.lowerBound...range.upperBound].map { $0 - start }
    return part
  }

  private static func cutOff(_ index: Int, of count: Int) -> ParquetError {
    ParquetError(.corrupt, "Byte array \(index) of \(count) reaches beyond the end of its page.")
  }

  /// The last `present` strings, which stand for the rows of `validity` that are true, get empty
  /// strings between them for the rows that are false.
  mutating func spread(present: Int, over validity: ArraySlice<Bool>) {
    let first = offsets.count - present  // index of the end of the first of them
    var target = first + validity.count - 1
    var source = offsets.count - 1
    offsets.append(contentsOf: repeatElement(0, count: validity.count - present))
    for isValid in validity.reversed() {
      offsets[target] = source >= 0 ? offsets[source] : 0
      if isValid { source -= 1 }
      target -= 1
    }
  }
}
