import Testing
import TestSupport

@testable import LambdaRuntime

@Suite("A report of an error")
struct ErrorReportTests {
  @Test("is JSON that says the same, whatever the text")
  func json() throws {
    for seed in UInt64(0)..<500 {
      var generator = SplitMix64(seed: seed)
      var text = ""
      for _ in 0..<(generator.next() % 40) {
        // Control characters, ASCII, and all else.
        let bound: UInt64 = [0x20, 0x80, 0x3000, 0x11_0000][Int(generator.next() % 4)]
        guard let scalar = Unicode.Scalar(UInt32(generator.next() % bound)) else { continue }
        text.unicodeScalars.append(scalar)
      }
      let document = try ErrorDocument(ErrorReport(type: "T", message: text).json)
      #expect(
        Array(document.errorMessage.unicodeScalars) == Array(text.unicodeScalars), "seed \(seed)")
    }
  }

  @Test("is cut between two characters where it is too long")
  func long() throws {
    let document = try ErrorDocument(
      ErrorReport(type: "T", message: String(repeating: "\u{1F340}", count: 100_000)).json)
    #expect(document.errorMessage == String(repeating: "\u{1F340}", count: 16_384) + "...")
  }

  @Test(
    "has a type that a header can hold",
    arguments: [
      ("Function.X", "Function.X"), ("", "Unknown"), ("  ", "Unknown"), (" a b ", "a b"),
      ("a\r\nb: c", "a??b: c"), ("\u{e9}", "??"),
      (String(repeating: "x", count: 300), String(repeating: "x", count: 256)),
    ])
  func header(type: String, value: String) throws {
    let report = ErrorReport(type: type, message: "")
    #expect(report.headerValue == value)
    #expect(try ErrorDocument(report.json).errorType == value)
  }
}
