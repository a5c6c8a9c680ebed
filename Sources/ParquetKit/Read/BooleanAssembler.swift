/// Assembles BOOLEAN: PLAIN is one bit a value, RLE the hybrid behind a 4-byte length.
struct BooleanAssembler: ValueAssembler {
  var budget: ExpansionBudget
  private var values: [Bool] = []

  init(capacity: Int, budget: ExpansionBudget) {
    self.budget = budget
    values.reserveCapacity(capacity)
  }

  mutating func setDictionary(_ bytes: RawSpan, count: Int) throws(ParquetError) {
    throw ParquetError(
      .corrupt, "A BOOLEAN column has a dictionary page, which the format rules out.")
  }

  mutating func append(
    _ bytes: RawSpan, encoding: Encoding, count: Int
  ) throws(ParquetError) {
    switch encoding {
    case .plain:
      guard BitPacking.byteCount(count, bitWidth: 1) <= bytes.byteCount else {
        throw ParquetError(
          .corrupt, "A page states \(count) booleans, but holds \(bytes.byteCount) bytes.")
      }
      Self.appendBits(bytes, from: 0, count: count, to: &values)
    case .rle:
      let runs = try LevelBytes.withLengthPrefix(bytes, from: 0)
      var decoder = try HybridDecoder(
        bytes.extracting(runs), bitWidth: 1)
      var left = count
      while left > 0 {
        switch try decoder.nextRun(limit: left) {
        case .repeated(let bit, let run):
          values.append(contentsOf: repeatElement(bit == 1, count: run))
          left -= run
        case .packed(let offset, let run):
          Self.appendBits(decoder.bytes, from: offset, count: run, to: &values)
          left -= run
        }
      }
    default: throw Self.unsupported(encoding, .boolean)
    }
  }

  /// Appends one bit a value from byte `offset` on, least significant bit first; they are there.
  private static func appendBits(
    _ bytes: RawSpan, from offset: Int, count: Int, to values: inout [Bool]
  ) {
    values.append(addingCapacity: count) { output in
      for index in 0..<count {
        let byte = bytes.unsafeLoad(fromByteOffset: offset + index >> 3, as: UInt8.self)
        output.append(byte >> UInt8(index & 7) & 1 == 1)
      }
    }
  }

  mutating func spread(present: Int, over validity: ArraySlice<Bool>) {
    values.spread(present: present, over: validity, empty: false)
  }

  consuming func finish() -> ColumnValues {
    .boolean(values)
  }
}
