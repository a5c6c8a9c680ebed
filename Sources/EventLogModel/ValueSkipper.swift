/// Goes over a JSON value that is not stored, checking its syntax, its depth and that no name occurs
/// twice in an object. Nesting is held in an array, not on the stack.
struct ValueSkipper: Sendable {
  /// Where the value belongs, for the paths of faults inside it.
  enum Parent {
    case root
    case name(String)
    /// The index of a name in ``keys``.
    case key(Int)
  }

  private struct Frame: Sendable {
    /// The number of the object; 0 for an array.
    var object: UInt32
    /// The index of the current member's name in ``keys``, or of the current element.
    var position: Int
  }

  /// The names of unknown fields of the event (object 0) and of all objects inside it.
  var keys = KeySet()
  private var frames: [Frame] = []
  private var objectCount: UInt32 = 0
  private let maximumDepth: Int

  init(maximumDepth: Int) {
    self.maximumDepth = maximumDepth
  }

  /// Forgets everything about the last event.
  @inline(__always)
  mutating func removeAll() {
    keys.removeAll()
    objectCount = 0
    if !frames.isEmpty { frames.removeAll(keepingCapacity: true) }
  }

  /// Goes over the value that begins at the scanner's position. Its faults other than those of
  /// syntax are added to the list.
  mutating func skip(
    _ scanner: inout JSONScanner, scratch: inout [UInt8], parent: Parent, faults: inout FaultList
  ) throws(JSONSyntaxError) {
    // The event itself is the first level, unless this value stands in its place.
    let outerDepth = if case .root = parent { 0 } else { 1 }
    frames.removeAll(keepingCapacity: true)
    while true {
      let isOpened = try beginValue(&scanner, scratch: &scratch, outerDepth: outerDepth)
      if isOpened, let frame = frames.last {
        let closing = frame.object == 0 ? UInt8(ascii: "]") : UInt8(ascii: "}")
        if try scanner.peekToken(frame.object == 0 ? .value : .nameOrEnd) != closing {
          if frame.object != 0 {
            try scanName(&scanner, scratch: &scratch, parent: parent, faults: &faults)
          }
          continue
        }
        scanner.position += 1
        frames.removeLast()
      }
      guard
        try continueEnclosing(&scanner, scratch: &scratch, parent: parent, faults: &faults)
      else { return }
    }
  }

  /// Reads a scalar, or the opening of an object or array; true for the latter.
  private mutating func beginValue(
    _ scanner: inout JSONScanner, scratch: inout [UInt8], outerDepth: Int
  ) throws(JSONSyntaxError) -> Bool {
    let first = try scanner.peekToken(.value)
    switch first {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard frames.count + outerDepth < maximumDepth else {
        throw JSONSyntaxError(.tooDeep(limit: maximumDepth), at: scanner.position)
      }
      scanner.position += 1
      if first == UInt8(ascii: "{") {
        // There are fewer objects than bytes.
        objectCount &+= 1
        frames.append(Frame(object: objectCount, position: 0))
      } else {
        frames.append(Frame(object: 0, position: 0))
      }
      return true
    case UInt8(ascii: "\""):
      let kept = scratch.count
      _ = try scanner.scanString(scratch: &scratch)
      scratch.removeSubrange(kept...)
    case UInt8(ascii: "-"), 0x30...0x39: _ = try scanner.scanNumber()
    default:
      guard scanner.isWordByte(first) else { throw scanner.unexpected(.value) }
      try scanner.scanLiteral()
    }
    return false
  }

  /// After a value: goes on to the next one of the objects and arrays around it; false when all of
  /// them are closed.
  private mutating func continueEnclosing(
    _ scanner: inout JSONScanner, scratch: inout [UInt8], parent: Parent, faults: inout FaultList
  ) throws(JSONSyntaxError) -> Bool {
    while let frame = frames.last {
      let isArray = frame.object == 0
      let expected: JSONSyntaxError.Expectation = isArray ? .commaOrArrayEnd : .commaOrObjectEnd
      let next = try scanner.peekToken(expected)
      if next == UInt8(ascii: ",") {
        scanner.position += 1
        if isArray {
          frames[frames.count - 1].position += 1
        } else {
          _ = try scanner.peekToken(.name)
          try scanName(&scanner, scratch: &scratch, parent: parent, faults: &faults)
        }
        return true
      }
      guard next == (isArray ? UInt8(ascii: "]") : UInt8(ascii: "}")) else {
        throw scanner.unexpected(expected)
      }
      scanner.position += 1
      frames.removeLast()
    }
    return false
  }

  /// Reads a name and its colon.
  private mutating func scanName(
    _ scanner: inout JSONScanner, scratch: inout [UInt8], parent: Parent, faults: inout FaultList
  ) throws(JSONSyntaxError) {
    guard scanner.input.byte(at: scanner.position) == UInt8(ascii: "\"") else {
      throw scanner.unexpected(.name)
    }
    let kept = scratch.count
    let key = try scanner.scanString(scratch: &scratch)
    let object = frames[frames.count - 1].object
    let insertion = keys.insert(key, input: scanner.input, scratch: scratch, object: object)
    scratch.removeSubrange(kept...)
    frames[frames.count - 1].position = insertion.index
    if !insertion.isNew {
      faults.add(path(parent), .duplicateField, "occurs more than once")
    }
    try scanner.scanColon()
  }

  /// The path of the current member, such as `extra.list[3].name`; deep paths lose their middle.
  private func path(_ parent: Parent) -> String {
    var result =
      switch parent {
      case .root: ""
      case .name(let name): name
      case .key(let index): keys.shortened(index)
      }
    let longest = 8
    for (depth, frame) in frames.enumerated() {
      if depth >= longest, depth < frames.count - 1 {
        if depth == longest { result += "…" }
      } else if frame.object == 0 {
        result += "[\(frame.position)]"
      } else {
        result += (result.isEmpty ? "" : ".") + keys.shortened(frame.position)
      }
    }
    return result
  }
}
