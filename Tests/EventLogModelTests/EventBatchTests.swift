import EventLogModel
import Testing

@Suite("A batch of events")
struct EventBatchTests {
  private func events(of batch: EventBatch) -> [VisitEvent?] {
    (0..<batch.count).map { VisitEvent(batch, row: $0) }
  }

  private func makeEvents(_ count: Int, _ random: inout SplitMix64) -> [VisitEvent] {
    (0..<count).map { _ in
      var event = random.oddEvent()
      if random.chance(percent: 70) {
        event.sourceModified = Timestamp(microsecondsSinceEpoch: Int64(random.below(1_000)))
      }
      return event
    }
  }

  @Test("joins others like arrays of events do", arguments: [UInt64(1), 2, 3])
  func appends(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var joined = EventBatch(schema: .visitEvent)
    var model: [VisitEvent] = []
    for _ in 0..<12 {
      let more = makeEvents(random.below(12), &random)
      let batch = try EventBatch(more)
      if random.chance(percent: 50) {
        try joined.append(contentsOf: batch)
        model += more
      } else {
        let rows = (0..<random.below(6)).compactMap { _ in random.pick(Array(more.indices)) }
        try joined.append(rows: rows, of: batch)
        model += rows.map { more[$0] }
      }
      #expect(events(of: joined) == model, "seed \(seed)")
    }
    // What was joined has the shape that columns from elsewhere must have.
    let again = try EventBatch(schema: .visitEvent, columns: joined.columns, count: joined.count)
    #expect(events(of: again) == model, "seed \(seed)")
    // And an event can still be added to it.
    var last = again
    try last.append(contentsOf: last)
    #expect(events(of: last) == model + model, "seed \(seed)")
  }

  @Test("joins columns whose dictionaries have duplicates and unused entries")
  func adoptedDictionary() throws {
    let event = try EventBatch(
      [SplitMix64(seed: 1)].map { seed in
        var random = seed
        return random.oddEvent()
      })
    var columns = event.columns
    let bytes = Array("unusedxyxy".utf8)
    let dictionary = try StringDictionary(adopting: bytes, offsets: [0, 6, 8, 10])
    let project = try #require(EventSchema.visitEvent.index(of: "project_label"))
    columns[project] = EventColumn(values: .string(codes: [2], dictionary: dictionary))
    let adopted = try EventBatch(schema: .visitEvent, columns: columns, count: 1)
    var batch = EventBatch(schema: .visitEvent)
    try batch.append(rows: [0, 0], of: adopted)
    #expect(batch.columns[project].string(at: 1) == "xy")
    #expect(batch.columns[project].dictionary.count == 1)
  }

  @Test("refuses columns of the wrong shape with a sentence")
  func shapes() throws {
    var random = SplitMix64(seed: 5)
    let batch = try EventBatch(makeEvents(3, &random))
    let schema = EventSchema.visitEvent
    func attempt(_ change: (inout [EventColumn]) -> Void, count: Int = 3) throws(EventBatchError) {
      var columns = batch.columns
      change(&columns)
      _ = try EventBatch(schema: schema, columns: columns, count: count)
    }
    try attempt { _ in }
    #expect(throws: EventBatchError.columnCount(expected: 16, found: 15)) {
      try attempt { $0.removeLast() }
    }
    #expect(throws: EventBatchError.columnType(field: "action", expected: .string, found: .int32)) {
      try attempt { $0[0] = EventColumn(values: .int32([1, 2, 3])) }
    }
    #expect(throws: EventBatchError.rowCount(field: "pipeline_adcid", expected: 3, found: 2)) {
      try attempt { $0[2] = EventColumn(values: .int32([1, 2])) }
    }
    #expect(throws: EventBatchError.rowCount(field: "action", expected: 4, found: 3)) {
      try attempt({ _ in }, count: 4)
    }
    #expect(throws: EventBatchError.rowCount(field: "naccid", expected: 3, found: 1)) {
      try attempt { $0[7].validity = [true] }
    }
    #expect(throws: EventBatchError.unexpectedNull(field: "pipeline_adcid", row: 1)) {
      try attempt { $0[2].validity = [true, false, true] }
    }
    let empty = EventColumn(
      values: .string(codes: [0, 0, 0], dictionary: StringDictionary()),
      validity: [false, true, false])
    #expect(throws: EventBatchError.codeOutOfRange(field: "naccid", row: 1)) {
      try attempt { $0[7] = empty }
    }
    // A null row's code means nothing.
    var allNull = empty
    allNull.validity = [false, false, false]
    try attempt { $0[7] = allNull }
  }

  @Test("refuses batches of other types and rows that are not there, and stays as it was")
  func refusals() throws {
    var random = SplitMix64(seed: 6)
    var batch = try EventBatch(makeEvents(2, &random))
    let before = events(of: batch)
    let narrow = EventBatch(schema: EventSchema.visitEvent.withoutSourceModified())
    #expect(throws: EventBatchError.schemaMismatch) { try batch.append(contentsOf: narrow) }
    let other = batch
    #expect(throws: EventBatchError.noSuchRow(2, count: 2)) {
      try batch.append(rows: [0, 2], of: other)
    }
    #expect(throws: EventBatchError.noSuchRow(-1, count: 2)) {
      try batch.append(rows: [-1], of: other)
    }
    #expect(events(of: batch) == before)
    var decoder = EventDecoder(schema: EventSchema.visitEvent.withoutSourceModified())
    #expect(throws: EventBatchError.schemaMismatch) {
      try decoder.decode([], sourceModified: nil, into: &batch)
    }
  }

  @Test("marks nulls only in columns that have one")
  func validity() throws {
    let form = EventText().json
    var decoder = EventDecoder(schema: .visitEvent)
    var batch = EventBatch(schema: .visitEvent)
    for json in [form, form, EventText().dicom.json] {
      _ = try decoder.decode(
        Array(json.utf8), sourceModified: Timestamp(microsecondsSinceEpoch: 1), into: &batch)
    }
    let flags = batch.columns.map(\.validity)
    #expect(flags[11] == [true, true, false])
    #expect(flags[13] == [false, false, true])
    #expect(flags[15] == nil)
    #expect(batch.columns[11].codes == [0, 0, 0])
    #expect(flags.enumerated().allSatisfy { $0 == 11 || $0 == 13 || $1 == nil })
  }
}
