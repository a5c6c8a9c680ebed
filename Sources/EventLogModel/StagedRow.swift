/// One field of the event that is being read.
struct StagedValue: Sendable {
  enum State: UInt8, Sendable {
    /// The field has not occurred.
    case absent
    /// The field is not there and would have to be.
    case missing
    case null
    case present
    /// The field has a value that is at fault.
    case faulty
  }

  var state = State.absent
  /// Whether the string lies in the scratch buffer, not in the input.
  var isInScratch = false
  /// Where the string lies, without white space at its ends.
  var start = 0
  var end = 0
  /// The integer, or the microseconds of the timestamp.
  var number: Int64 = 0

  init() {}

  @inline(__always)
  init(_ text: JSONScanner.Text) {
    state = .present
    isInScratch = text.isInScratch
    start = text.start
    end = text.end
  }

  /// Narrows the string to a part of it.
  @inline(__always)
  mutating func narrow(to part: Range<Int>) {
    end = start + part.upperBound
    start += part.lowerBound
  }
}

/// The event that is being read, before it goes into a batch whole or not at all.
struct StagedRow: Sendable {
  var fields: [StagedValue]
  /// Unescaped strings and defaults.
  var scratch: [UInt8] = []

  init(count: Int) {
    fields = [StagedValue](repeating: StagedValue(), count: count)
  }

  @inline(__always)
  mutating func removeAll() {
    for index in fields.indices { fields[index].state = .absent }
    // A hostile event must not hold on to its memory for ever.
    if !scratch.isEmpty { scratch.removeAll(keepingCapacity: scratch.count <= 65_536) }
  }

  /// Sets a field to a string that is not part of the input.
  mutating func setString(_ bytes: [UInt8], field: Int) {
    fields[field].state = .present
    fields[field].isInScratch = true
    fields[field].start = scratch.count
    scratch.append(contentsOf: bytes)
    fields[field].end = scratch.count
  }

  /// The string of a field that is present.
  @inline(__always)
  @_lifetime(borrow self, copy json)
  func string(_ field: Int, _ json: RawSpan) -> RawSpan {
    let range = fields[field].start..<fields[field].end
    if fields[field].isInScratch { return scratch.span.bytes.extracting(range) }
    return json.extracting(range)
  }

  /// Appends the row to a batch of the same event type.
  ///
  /// - Throws: ``EventBatchError/full(field:)``; the batch is then as it was.
  @inline(never)
  func commit(_ json: RawSpan, into batch: inout EventBatch) throws(EventBatchError) {
    do throws(StringDictionaryError) {
      for field in fields.indices {
        let value = fields[field]
        guard value.state == .present else {
          batch.columns[field].appendNull()
          continue
        }
        switch batch.columns[field].type {
        case .string: try batch.columns[field].append(string: string(field, json))
        case .int32:
          // The number came from a check that it fits.
          batch.columns[field].append(int32: Int32(truncatingIfNeeded: value.number))
        case .timestamp: batch.columns[field].append(timestamp: value.number)
        }
      }
      batch.count += 1
    } catch {
      let full = batch.columns.firstIndex { $0.count == batch.count } ?? 0
      for field in batch.columns.indices { batch.columns[field].truncate(to: batch.count) }
      throw .full(field: batch.schema.fields[full].name)
    }
  }
}
