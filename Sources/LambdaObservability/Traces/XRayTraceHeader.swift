/// The header `X-Amzn-Trace-Id`, and what Lambda gives an invocation in its place.
///
/// X-Ray Developer Guide, "Tracing header": `Root=1-5759e988-bd862e3fe1be46a994272793;
/// Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1|68fd508a:5`.
public struct XRayTraceHeader: Sendable, Hashable, CustomStringConvertible {
  /// The name of the header.
  public static let name = "X-Amzn-Trace-Id"
  /// How long a header may be.
  private static let mostBytes = 1_024

  /// The trace.
  public var root: XRayTraceID
  /// The segment or subsegment that the request comes from.
  public var parent: UInt64?
  /// Whether the trace is recorded; nil where that has not been decided.
  public var isSampled: Bool?
  /// The way through functions that Lambda keeps to find loops, which goes on as it came.
  public var lineage: String?

  /// Reads a header; nil where it names no trace. Fields that are not known are passed over.
  public init?(_ text: String) {
    guard text.utf8.count <= XRayTraceHeader.mostBytes else { return nil }
    var root: XRayTraceID?
    for field in text.split(separator: ";") {
      let field = field.drop(while: { $0 == " " })
      guard let equals = field.firstIndex(of: "=") else { continue }
      let value = field[field.index(after: equals)...]
      switch field[..<equals] {
      case "Root": root = XRayTraceID(value)
      case "Parent":
        let digits = Array(value.utf8.prefix(17))
        parent = digits.count == 16 ? Hexadecimal.parse(digits[...]) : nil
      case "Sampled": isSampled = value == "1" ? true : value == "0" ? false : nil
      case "Lineage": lineage = XRayTraceHeader.isLineage(value) ? String(value) : nil
      default: break
      }
    }
    guard let root else { return nil }
    self.root = root
  }

  init(root: XRayTraceID, parent: UInt64?, isSampled: Bool?, lineage: String?) {
    self.root = root
    self.parent = parent
    self.isSampled = isSampled
    self.lineage = lineage
  }

  /// The header as it is sent.
  public var description: String {
    var text = JSONBytes(capacity: 128)
    text.append(raw: "Root=")
    root.write(to: &text)
    if let parent {
      text.append(raw: ";Parent=")
      text.append(hexadecimal: parent, digits: 16)
    }
    if let isSampled { text.append(raw: isSampled ? ";Sampled=1" : ";Sampled=0") }
    if let lineage {
      text.append(raw: ";Lineage=")
      text.bytes.append(contentsOf: lineage.utf8)
    }
    return String(decoding: text.bytes, as: UTF8.self)
  }

  /// Whether a lineage holds only what Lambda writes, so that it can be sent on in a header.
  private static func isLineage(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: ":"), UInt8(ascii: "|"),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
  }
}
