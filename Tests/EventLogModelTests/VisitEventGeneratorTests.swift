import EventLogModel
import Testing

@Suite("Made-up events")
struct VisitEventGeneratorTests {
  static let expectedCodes: [VisitEventDefect: EventFault.Code] = [
    .empty: .emptyInput, .garbage: .unexpectedCharacter, .truncated: .unexpectedEnd,
    .byteOrderMark: .byteOrderMark, .trailingText: .trailingContent,
    .twoObjects: .trailingContent, .array: .notAnObject, .invalidUTF8: .invalidUTF8,
    .controlCharacter: .controlCharacter, .unknownEscape: .invalidEscape,
    .loneSurrogate: .loneSurrogate, .misspeltLiteral: .invalidLiteral,
    .leadingZero: .invalidNumber, .singleQuotes: .unexpectedCharacter, .tooDeep: .tooDeep,
    .duplicateField: .duplicateField, .missingField: .missingField, .nullField: .nullValue,
    .unknownField: .unknownField, .booleanNumber: .wrongType, .fractionalNumber: .notAnInteger,
    .hugeNumber: .integerOutOfRange, .numberAsString: .wrongType, .unknownAction: .notAllowed,
    .unknownDatatype: .notAllowed, .emptyStudy: .emptyValue, .longPTID: .wrongLength,
    .spacedPTID: .invalidCharacter, .malformedDate: .invalidDate, .impossibleDate: .invalidDate,
    .malformedTimestamp: .invalidTimestamp, .impossibleTime: .invalidTimestamp,
    .timestampOutOfRange: .timestampOutOfRange, .formWithoutModule: .requiredByRule,
    .moduleWithoutForm: .forbiddenByRule, .formWithModality: .forbiddenByRule,
    .manyFaults: .wrongLength,
  ]

  @Test("are what they say, and every kind of defect occurs and is found")
  func kinds() throws {
    let generator = VisitEventGenerator(seed: 17, invalidPercent: 40, sandboxPercent: 20)
    var seen: Set<VisitEventDefect> = []
    var counts = (valid: 0, sandbox: 0)
    var bytes = 0
    for index in 0..<2_000 {
      let sample = generator.sample(at: index)
      let outcome = try decode(sample.json).outcome
      switch sample.kind {
      case .valid:
        #expect(outcome == .accepted, "\(index)")
        counts.valid += 1
        bytes += sample.json.count
      case .sandbox:
        #expect(outcome == .excluded, "\(index)")
        counts.sandbox += 1
      case .invalid(let defect):
        seen.insert(defect)
        let expected = VisitEventGeneratorTests.expectedCodes[defect]
        #expect(
          outcome.faults.contains { $0.code == expected }, "\(index) \(defect) \(outcome.summary)")
      }
    }
    #expect(seen == Set(VisitEventDefect.allCases))
    #expect((800...1_100).contains(counts.valid))
    #expect((180...300).contains(counts.sandbox))
    #expect((300...400).contains(bytes / counts.valid))
  }

  @Test("depend on the seed and the index alone, and have distinct names")
  func deterministic() {
    let generator = VisitEventGenerator(seed: 5, invalidPercent: 10, sandboxPercent: 10, days: 1)
    let again = VisitEventGenerator(seed: 5, invalidPercent: 10, sandboxPercent: 10, days: 1)
    let other = VisitEventGenerator(seed: 6, invalidPercent: 10, sandboxPercent: 10, days: 1)
    var names: Set<String> = []
    // Past one day's seconds, where every second comes again.
    for index in [0..<500, 86_300..<86_900, 172_700..<172_900].joined() {
      let sample = generator.sample(at: index)
      #expect(again.sample(at: index) == sample)
      #expect(other.sample(at: index) != sample)
      #expect(names.insert(sample.name).inserted)
    }
  }

  @Test("of every datatype and action occur, within the days asked for")
  func variety() throws {
    let generator = VisitEventGenerator(
      seed: 1, startDate: CivilDate(year: 2024, month: 2, day: 28), days: 3)
    var batch = EventBatch(schema: .visitEvent)
    var decoder = EventDecoder(schema: .visitEvent)
    for index in 0..<500 {
      #expect(
        try decoder.decode(generator.sample(at: index).json, sourceModified: nil, into: &batch)
          == .accepted)
    }
    let events = (0..<batch.count).compactMap { VisitEvent(batch, row: $0) }
    #expect(events.count == 500)
    #expect(Set(events.map(\.datatype)) == Set(VisitEvent.Datatype.allCases))
    #expect(Set(events.map(\.action)) == Set(VisitEvent.Action.allCases))
    #expect(Set(events.map(\.study)).count >= 3)
    #expect(
      Set(events.map { $0.timestamp.date.description })
        == ["2024-02-28", "2024-02-29", "2024-03-01"])
    let names = (0..<500).map { generator.sample(at: $0).name }
    let pattern = /log-[a-z-]+-\d{8}-\d{6}-\d+-[a-z-]+-[\d-]+-\d{4}-\d\d-\d\d\.json/
    #expect(names.allSatisfy { $0.wholeMatch(of: pattern) != nil })
  }

  @Test("stay within bounds whatever is asked for")
  func bounds() {
    for days in [Int.min, 0, 1, .max] {
      for year in [Int.min / 400, -5, 0, 12_000] {
        let generator = VisitEventGenerator(
          seed: .max, invalidPercent: .infinity, sandboxPercent: -.infinity,
          startDate: CivilDate(year: year, month: 1, day: 1), days: days)
        _ = generator.sample(at: 0)
        _ = generator.sample(at: 1 << 40)
      }
    }
  }
}
