/// What became of one JSON object.
public enum DecodeOutcome: Sendable, Hashable {
  /// The event is valid and was appended to the batch.
  case accepted
  /// The event is valid, but the schema leaves out events like it; see ``EventSchema/exclusions``.
  case excluded
  /// The event is not valid; there is at least one fault, in the order of the text, then those
  /// that only the whole object shows.
  case refused([EventFault])
}

/// The faults of one object, up to a limit.
struct FaultList: Sendable {
  private var list: [EventFault] = []
  private var omitted = 0
  private let limit: Int

  init(limit: Int) {
    self.limit = max(1, limit)
  }

  var isEmpty: Bool { list.isEmpty }

  /// The number of faults that are kept.
  var count: Int { list.count }

  mutating func removeAll() {
    if !list.isEmpty { list.removeAll() }
    omitted = 0
  }

  /// Adds a fault; the faults of a value's inside may have been added before its own.
  @inline(never)
  mutating func add(
    _ field: String, _ code: EventFault.Code, _ message: String, _ value: String? = nil,
    at place: Int? = nil
  ) {
    add(EventFault(field: field, code: code, message: message, value: value), at: place)
  }

  mutating func add(_ fault: EventFault, at place: Int? = nil) {
    guard list.count < limit else {
      omitted += 1
      return
    }
    list.insert(fault, at: place ?? list.count)
  }

  /// The faults, with a last one that counts those beyond the limit; the list is then empty.
  mutating func takeAll() -> [EventFault] {
    defer { removeAll() }
    guard omitted > 0 else { return list }
    return list + [
      EventFault(
        field: "", code: .tooManyFaults, message: "has \(omitted) more faults than are listed")
    ]
  }
}
