/// Assembles BYTE_ARRAY and keeps the file's dictionary encoding.
///
/// Writers give up a dictionary that grows too large: pages without one follow pages with one. The
/// strings of such pages become further entries of the dictionary, so the column stays encoded and
/// nothing is copied twice.
struct ByteArrayAssembler: ValueAssembler {
  var budget: ExpansionBudget
  /// The dictionary, or all values as long as there is no dictionary-encoded page.
  private var strings = ByteArrays()
  /// One entry a row once there is a dictionary-encoded page; empty before.
  private var indices: [UInt32] = []
  /// The rows so far are in `indices`, not in `strings`.
  private var isIndexed = false
  /// A dictionary that no page has referred to yet.
  private var dictionary: ByteArrays?
  /// Entries of the file's dictionary, before those of later pages.
  private var dictionaryCount = 0

  init(budget: ExpansionBudget) {
    self.budget = budget
  }

  mutating func setDictionary(_ bytes: RawSpan, count: Int) throws(ParquetError) {
    var entries = ByteArrays()
    _ = try entries.appendPlain(bytes, count: count)
    dictionary = entries
  }

  mutating func append(
    _ bytes: RawSpan, encoding: Encoding, count: Int
  ) throws(ParquetError) {
    switch encoding {
    case .plainDictionary, .rleDictionary:
      try adoptDictionary()
      try DictionaryIndices.decode(
        bytes, count: count, dictionaryCount: dictionaryCount, into: &indices)
    case .plain:
      _ = try strings.appendPlain(bytes, count: count)
      indexLast(count)
    case .deltaLengthByteArray:
      try strings.appendDeltaLength(bytes, count: count)
      indexLast(count)
    case .deltaByteArray:
      try strings.appendDelta(bytes, count: count, budget: &budget)
      indexLast(count)
    default: throw Self.unsupported(encoding, .byteArray)
    }
  }

  /// At the first dictionary-encoded page the dictionary becomes the beginning of `strings`.
  private mutating func adoptDictionary() throws(ParquetError) {
    if isIndexed { return }
    guard let dictionary else { throw Self.missingDictionary() }
    let before = strings
    strings = dictionary
    dictionaryCount = dictionary.count
    self.dictionary = nil
    try strings.append(contentsOf: before)
    isIndexed = true
    indexLast(before.count)
  }

  /// The last `count` strings are the next rows.
  private mutating func indexLast(_ count: Int) {
    if !isIndexed { return }
    let first = UInt32(strings.count - count)  // fits: 4 GiB of offsets hold fewer strings
    for index in 0..<UInt32(count) { indices.append(first &+ index) }
  }

  mutating func spread(present: Int, over validity: ArraySlice<Bool>) {
    if isIndexed {
      indices.spread(present: present, over: validity, empty: 0)
    } else {
      strings.spread(present: present, over: validity)
    }
  }

  consuming func finish() -> ColumnValues {
    isIndexed ? .dictionary(indices: indices, dictionary: strings) : .byteArray(strings)
  }
}
