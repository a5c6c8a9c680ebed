/// Reads events from JSON: one pass over the bytes of one object checks it wholly and appends it to
/// a batch, or reports every fault it has.
///
/// A decoder keeps its buffers from one event to the next, so use one decoder for many events. A
/// copy is independent, which is how several tasks decode side by side.
public struct EventDecoder: Sendable {
  /// What to do with fields that the schema does not have.
  public enum UnknownFieldPolicy: String, Sendable, Hashable, CaseIterable {
    /// They are a fault.
    case refuse
    /// They are checked as JSON and then left out.
    case ignore
  }

  /// Bounds on what is read.
  public struct Limits: Sendable, Hashable {
    /// The most bytes of one object.
    public var maximumSize: Int
    /// The most levels of objects and arrays, the event itself being the first.
    public var maximumDepth: Int
    /// The most faults that are reported of one object.
    public var maximumFaults: Int

    /// Bounds; by default 1 MiB, 64 levels and 100 faults.
    public init(maximumSize: Int = 1 << 20, maximumDepth: Int = 64, maximumFaults: Int = 100) {
      self.maximumSize = maximumSize
      self.maximumDepth = maximumDepth
      self.maximumFaults = maximumFaults
    }
  }

  /// The event type.
  public let schema: EventSchema
  /// What happens to unknown fields.
  public let unknownFields: UnknownFieldPolicy
  /// The bounds on what is read.
  public let limits: Limits
  /// Whether events that the schema leaves out are left out; off where a row that is known to be
  /// wanted is checked.
  var leavesOut = true

  private let plan: DecodePlan
  private var row: StagedRow
  private var faults: FaultList
  private var skipper: ValueSkipper
  /// For each field, and at the end for the beginning of the object, the name that came next the
  /// last time: objects of one writer have their fields in one order.
  private var successors: [UInt32]

  /// A decoder for events of one type.
  public init(
    schema: EventSchema, unknownFields: UnknownFieldPolicy = .refuse, limits: Limits = Limits()
  ) {
    self.schema = schema
    self.unknownFields = unknownFields
    self.limits = limits
    plan = DecodePlan(schema)
    row = StagedRow(count: schema.fields.count)
    faults = FaultList(limit: limits.maximumFaults)
    skipper = ValueSkipper(maximumDepth: limits.maximumDepth)
    successors = Array(0...UInt32(schema.fields.count))
    // At first the order of the schema is expected; the last entry stands for the beginning.
    for index in successors.indices.dropLast() { successors[index] = UInt32(index) + 1 }
    successors[schema.fields.count] = 0
  }

  /// Reads one JSON object and appends it to a batch, or says why not.
  ///
  /// - Parameters:
  ///   - json: The bytes of the object, UTF-8, perhaps with white space around it.
  ///   - sourceModified: When the object that holds the bytes was last modified; nil if unknown.
  ///   - batch: Where the event goes; it is unchanged unless the outcome is `.accepted`.
  /// - Throws: ``EventBatchError`` where the batch is of another event type, or has no room for
  ///   more strings (4 GiB a column).
  public mutating func decode(
    _ json: RawSpan, sourceModified: Timestamp?, into batch: inout EventBatch
  ) throws(EventBatchError) -> DecodeOutcome {
    guard batch.schema.fingerprint == schema.fingerprint else { throw .schemaMismatch }
    faults.removeAll()
    guard json.byteCount <= limits.maximumSize else {
      faults.add("", .tooLarge, "is longer than \(limits.maximumSize) bytes")
      return .refused(faults.takeAll())
    }
    row.removeAll()
    skipper.removeAll()
    var scanner = JSONScanner(json)
    do throws(JSONSyntaxError) {
      try scanObject(&scanner)
      checkRow(json)
    } catch {
      faults.add(error.fault)
    }
    if !faults.isEmpty { return .refused(faults.takeAll()) }
    if leavesOut, isExcluded(json) { return .excluded }
    if let field = plan.sourceModified, let sourceModified {
      row.fields[field].state = .present
      row.fields[field].number = sourceModified.microsecondsSinceEpoch
    }
    try row.commit(json, into: &batch)
    return .accepted
  }

  /// Reads one JSON object from an array of bytes: see ``decode(_:sourceModified:into:)-(RawSpan,_,_)``.
  public mutating func decode(
    _ json: [UInt8], sourceModified: Timestamp?, into batch: inout EventBatch
  ) throws(EventBatchError) -> DecodeOutcome {
    try decode(json.span.bytes, sourceModified: sourceModified, into: &batch)
  }

  // MARK: The object

  @inline(never)
  private mutating func scanObject(_ scanner: inout JSONScanner) throws(JSONSyntaxError) {
    let first = try beginning(&scanner)
    guard first == UInt8(ascii: "{") else {
      let start = scanner.position
      try skipper.skip(&scanner, scratch: &row.scratch, parent: .root, faults: &faults)
      let value = scanner.input.extracting(start..<scanner.position)
      try expectEnd(&scanner)
      faults.add(
        "", .notAnObject, "must be a JSON object, not \(JSONKind(first).name)",
        ShortenedText.make(value))
      return
    }
    scanner.position += 1
    if try scanner.peekToken(.nameOrEnd) == UInt8(ascii: "}") {
      scanner.position += 1
    } else {
      var previous = plan.fields.count
      while true {
        guard try scanner.peekToken(.name) == UInt8(ascii: "\"") else {
          throw scanner.unexpected(.name)
        }
        try scanMember(&scanner, previous: &previous)
        let next = try scanner.peekToken(.commaOrObjectEnd)
        if next == UInt8(ascii: ",") {
          scanner.position += 1
        } else if next == UInt8(ascii: "}") {
          scanner.position += 1
          break
        } else {
          throw scanner.unexpected(.commaOrObjectEnd)
        }
      }
    }
    try expectEnd(&scanner)
  }

  private func beginning(_ scanner: inout JSONScanner) throws(JSONSyntaxError) -> UInt8 {
    scanner.skipWhiteSpace()
    guard scanner.position < scanner.count else { throw JSONSyntaxError(.empty, at: 0) }
    let first = scanner.input.byte(at: scanner.position)
    if first >= 0xEF, scanner.position == 0, scanner.count >= 2 {
      let second = scanner.input.byte(at: 1)
      let isUTF8Mark =
        first == 0xEF && second == 0xBB && scanner.count >= 3 && scanner.input.byte(at: 2) == 0xBF
      let isUTF16Mark = first == 0xFE && second == 0xFF || first == 0xFF && second == 0xFE
      if isUTF8Mark || isUTF16Mark { throw JSONSyntaxError(.byteOrderMark, at: 0) }
    }
    return first
  }

  private func expectEnd(_ scanner: inout JSONScanner) throws(JSONSyntaxError) {
    scanner.skipWhiteSpace()
    guard scanner.position == scanner.count else {
      throw JSONSyntaxError(.trailingContent, at: scanner.position)
    }
  }

  @inline(__always)
  private mutating func scanMember(
    _ scanner: inout JSONScanner, previous: inout Int
  ) throws(JSONSyntaxError) {
    // Objects of one writer have their fields in one order: try the name that came next last time.
    let expected = successors[previous]
    let name: UInt32
    if expected < plan.plainNames, scanner.skipName(plan.names[bytesOf: expected]) {
      name = expected
    } else {
      let key = try scanner.scanString(scratch: &row.scratch)
      let code =
        if key.isInScratch {
          plan.names.code(of: row.scratch.span.bytes.extracting(key.range))
        } else {
          plan.names.code(of: scanner.input.extracting(key.range))
        }
      guard let code else { return try scanUnknownMember(&scanner, key: key) }
      name = code
    }
    let field = plan.fieldOfName[Int(name)]
    if name != expected { successors[previous] = name }
    previous = field
    try scanner.scanColon()
    let first = try scanner.peekToken(.value)
    guard row.fields[field].state == .absent else {
      faults.add(plan.fields[field].name, .duplicateField, "occurs more than once")
      return try skipper.skip(
        &scanner, scratch: &row.scratch, parent: .name(plan.fields[field].name), faults: &faults)
    }
    try scanValue(&scanner, first: first, field: field)
  }

  @inline(never)
  private mutating func scanUnknownMember(
    _ scanner: inout JSONScanner, key: JSONScanner.Text
  ) throws(JSONSyntaxError) {
    let insertion = skipper.keys.insert(
      key, input: scanner.input, scratch: row.scratch, object: 0)
    try scanner.scanColon()
    _ = try scanner.peekToken(.value)
    let start = scanner.position
    // The fault of the member comes before those inside its value, and is reported even where the
    // value is not JSON.
    let place = faults.count
    var syntaxError: JSONSyntaxError?
    do throws(JSONSyntaxError) {
      try skipper.skip(
        &scanner, scratch: &row.scratch, parent: .key(insertion.index), faults: &faults)
    } catch {
      syntaxError = error
    }
    if !insertion.isNew {
      faults.add(
        skipper.keys.shortened(insertion.index), .duplicateField, "occurs more than once", at: place
      )
    } else if unknownFields == .refuse {
      let end = syntaxError == nil ? scanner.position : scanner.count
      faults.add(
        skipper.keys.shortened(insertion.index), .unknownField, "is not a field of this event type",
        ShortenedText.make(scanner.input.extracting(start..<end)), at: place)
    }
    if let syntaxError { throw syntaxError }
  }

  // MARK: Values

  @inline(__always)
  private mutating func scanValue(
    _ scanner: inout JSONScanner, first: UInt8, field: Int
  ) throws(JSONSyntaxError) {
    if first == UInt8(ascii: "\"") {
      let text = try scanner.scanString(scratch: &row.scratch)
      var value = StagedValue(text)
      let problem: ValueProblem? =
        if text.isInScratch {
          plan.check(row.scratch.span.bytes.extracting(text.range), field: field, &value)
        } else {
          plan.check(scanner.input.extracting(text.range), field: field, &value)
        }
      row.fields[field] = value
      if let problem { refuse(problem, of: text, in: scanner.input, field: field) }
    } else if first == UInt8(ascii: "n") {
      try scanner.scanLiteral()
      row.fields[field].state = .null
      if !plan.isNullable[field] {
        row.fields[field].state = .faulty
        faults.add(plan.fields[field].name, .nullValue, "must not be null", "null")
      }
    } else if plan.kinds[field] == .int32,
      first == UInt8(ascii: "-") || first &- 0x30 <= 9
    {
      let range = try scanner.scanNumber()
      let number = scanner.input.extracting(range)
      switch DecimalInteger.read(number) {
      case .value(let value):
        row.fields[field].state = .present
        row.fields[field].number = Int64(value)
      case .notIntegral: refuse(.notAnInteger, number, field: field)
      case .outOfRange: refuse(.integerOutOfRange, number, field: field)
      }
    } else {
      try refuseType(&scanner, first: first, field: field)
    }
  }

  /// Refuses a value of another JSON type, which is skipped.
  @inline(never)
  private mutating func refuseType(
    _ scanner: inout JSONScanner, first: UInt8, field: Int
  ) throws(JSONSyntaxError) {
    let start = scanner.position
    let place = faults.count
    let name = plan.fields[field].name
    row.fields[field].state = .faulty
    try skipper.skip(&scanner, scratch: &row.scratch, parent: .name(name), faults: &faults)
    faults.add(
      name, .wrongType,
      "must be \(plan.fields[field].kind.jsonTypes), not \(JSONKind(first).name)",
      ShortenedText.make(scanner.input.extracting(start..<scanner.position)), at: place)
  }

  @inline(never)
  private mutating func refuse(
    _ problem: ValueProblem, of text: JSONScanner.Text, in input: RawSpan, field: Int
  ) {
    let value =
      if text.isInScratch {
        ShortenedText.make(row.scratch.span.bytes.extracting(text.range))
      } else {
        ShortenedText.make(input.extracting(text.range))
      }
    row.fields[field].state = .faulty
    faults.add(
      plan.fields[field].name, problem.code, plan.message(problem, field: field), value)
  }

  @inline(never)
  private mutating func refuse(_ problem: ValueProblem, _ value: RawSpan, field: Int) {
    row.fields[field].state = .faulty
    faults.add(
      plan.fields[field].name, problem.code, plan.message(problem, field: field),
      ShortenedText.make(value))
  }

  // MARK: The whole row

  /// Fills in defaults and checks what only a whole object shows: missing fields, and the rules
  /// between fields.
  private mutating func checkRow(_ json: RawSpan) {
    for field in row.fields.indices where row.fields[field].state == .absent {
      if plan.isNullable[field] { continue }
      if let value = plan.fields[field].defaultValue {
        row.setString(value, field: field)
      } else {
        faults.add(plan.fields[field].name, .missingField, "is missing")
        row.fields[field].state = .missing
      }
    }
    for rule in plan.rules.indices { checkRule(rule, json) }
  }

  private mutating func checkRule(_ index: Int, _ json: RawSpan) {
    // Without a valid value to decide by, nobody knows whether the rule holds.
    let condition = plan.rules[index].condition
    guard row.fields[condition].state == .present else { return }
    let value = plan.rules[index].value
    let isEqual = row.string(condition, json).equals(value.span.bytes)
    guard isEqual == plan.rules[index].holdsWhenEqual else { return }
    let field = plan.rules[index].field
    let hasValue =
      row.fields[field].state == .present || row.fields[field].state == .faulty
    switch plan.rules[index].requirement {
    case .present where !hasValue:
      faults.add(
        plan.fields[field].name, .requiredByRule,
        "must not be missing or null when \(plan.rules[index].occasion)")
    case .null where hasValue:
      let value =
        plan.fields[field].kind.isString && row.fields[field].state == .present
        ? ShortenedText.make(row.string(field, json)) : nil
      faults.add(
        plan.fields[field].name, .forbiddenByRule,
        "must be null when \(plan.rules[index].occasion)", value)
    default: break
    }
  }

  private func isExcluded(_ json: RawSpan) -> Bool {
    for index in plan.exclusions.indices {
      let prefix = plan.exclusions[index].prefix
      if row.string(plan.exclusions[index].field, json).hasPrefix(prefix.span.bytes) {
        return true
      }
    }
    return false
  }
}
