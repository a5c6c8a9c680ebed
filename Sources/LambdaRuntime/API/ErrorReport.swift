/// What Lambda is told of an error: a type for machines, a sentence for people.
///
/// Lambda Runtime API, "Invocation error": `errorMessage`, `errorType`, `stackTrace`. There is no
/// stack trace of an error that was thrown in Swift, and so it is empty.
struct ErrorReport: Sendable, Hashable {
  var type: String
  var message: String

  /// How many bytes of a message are sent: enough for every fault of a file, and far from the limit of
  /// a response.
  static let messageLimit = 65_536
  /// How many bytes of a type are sent: it is a header as well.
  static let typeLimit = 256

  init(type: String, message: String) {
    self.type = type
    self.message = message
  }

  init(_ error: any Error) {
    if let error = error as? any LambdaReportableError {
      self.init(type: error.lambdaErrorType, message: error.lambdaErrorMessage)
    } else {
      self.init(type: String(describing: Swift.type(of: error)), message: "\(error)")
    }
  }

  /// The type as the header `Lambda-Runtime-Function-Error-Type` can hold it: printable ASCII.
  var headerValue: String {
    var bytes = type.utf8.prefix(ErrorReport.typeLimit).map { byte in
      (0x20...0x7e).contains(byte) ? byte : UInt8(ascii: "?")
    }
    while bytes.last == 0x20 { bytes.removeLast() }
    let value = bytes.drop { $0 == 0x20 }
    return value.isEmpty ? "Unknown" : String(decoding: value, as: UTF8.self)
  }

  /// The report as JSON.
  var json: [UInt8] {
    var json = Array(#"{"errorType":"#.utf8)
    ErrorReport.append(headerValue, limit: ErrorReport.typeLimit, to: &json)
    json += #","errorMessage":"#.utf8
    ErrorReport.append(message, limit: ErrorReport.messageLimit, to: &json)
    json += #","stackTrace":[]}"#.utf8
    return json
  }

  /// Appends the beginning of a text as a JSON string, cut between two characters.
  private static func append(_ text: String, limit: Int, to json: inout [UInt8]) {
    json.append(UInt8(ascii: "\""))
    var length = 0
    for scalar in text.unicodeScalars {
      let bytes = UTF8.encode(scalar)
      length += bytes?.count ?? 0
      if length > limit {
        json += "...".utf8
        break
      }
      switch scalar {
      case "\"": json += #"\""#.utf8
      case "\\": json += #"\\"#.utf8
      case "\n": json += #"\n"#.utf8
      case "\r": json += #"\r"#.utf8
      case "\t": json += #"\t"#.utf8
      case "\0"..<" ":
        let digits = Array("0123456789abcdef".utf8)
        json += #"\u00"#.utf8
        json += [digits[Int(scalar.value >> 4)], digits[Int(scalar.value & 15)]]
      default: if let bytes { json += bytes }
      }
    }
    json.append(UInt8(ascii: "\""))
  }
}
