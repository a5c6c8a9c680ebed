import Foundation
import S3Lite
import Testing

/// A request of AWS's test suite, taken apart.
struct SigV4SuiteRequest: Equatable {
  let method: String
  var target: String
  /// The header lines as they are. The lines of a folded one are fields of the same name, since the
  /// suite joins them by commas.
  var headers: [HTTPHeader]
  let body: [UInt8]

  init(_ bytes: [UInt8]) throws {
    var lines: [[UInt8]] = []
    var rest = bytes[...]
    var body: [UInt8] = []
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
      let line = Array(rest[..<end])
      rest = rest[min(end + 1, rest.endIndex)...]
      if line.isEmpty {
        body = Array(rest)
        break
      }
      lines.append(line)
    }
    self.body = body
    let first = String(decoding: try #require(lines.first), as: UTF8.self)
    // A target of the suite may hold spaces, so the line is cut at its first and its last one.
    let methodEnd = try #require(first.firstIndex(of: " "))
    let targetEnd = try #require(
      first.range(of: " HTTP/", options: [.backwards, .caseInsensitive])?.lowerBound)
    method = String(first[..<methodEnd])
    target = String(first[first.index(after: methodEnd)..<targetEnd])
    var headers: [HTTPHeader] = []
    for line in lines.dropFirst() {
      if line.first == 0x20 || line.first == 0x09 {
        try #require(!headers.isEmpty)
        headers.append(
          HTTPHeader(headers[headers.count - 1].name, String(decoding: line, as: UTF8.self)))
      } else {
        let colon = try #require(line.firstIndex(of: UInt8(ascii: ":")))
        headers.append(
          HTTPHeader(
            String(decoding: line[..<colon], as: UTF8.self),
            String(decoding: line[(colon + 1)...], as: UTF8.self)))
      }
    }
    self.headers = headers
  }

  /// The same request with header lines in whatever order (fields of one name stay in theirs), and
  /// whatever line breaks at its end.
  static func == (left: SigV4SuiteRequest, right: SigV4SuiteRequest) -> Bool {
    left.method == right.method && left.target == right.target && left.content == right.content
      && left.fields == right.fields
  }

  private var content: ArraySlice<UInt8> {
    body[..<(body.lastIndex { $0 != 0x0A }.map { $0 + 1 } ?? 0)]
  }

  private var fields: [String: [String]] {
    Dictionary(grouping: headers) { $0.name.lowercased() }.mapValues { $0.map(\.value) }
  }

  /// The value of a header, without spaces around it.
  func header(_ name: String) -> String? {
    fields[name]?.first?.trimmingCharacters(in: .whitespaces)
  }

  /// The request with another target, and with headers in place of those of the same name.
  func with(target: String? = nil, added: [HTTPHeader] = []) -> SigV4SuiteRequest {
    var request = self
    request.target = target ?? self.target
    let names = Set(added.map { $0.name.lowercased() })
    request.headers = headers.filter { !names.contains($0.name.lowercased()) } + added
    return request
  }

  /// The request without a header.
  func without(_ name: String) -> SigV4SuiteRequest {
    var request = self
    request.headers.removeAll { $0.name.lowercased() == name }
    return request
  }

  /// Whether all parameters of the query are UTF-8: others no ``QueryItem`` can hold.
  var isUTF8: Bool { sides.allSatisfy { $0.allSatisfy { Self.decode($0) != nil } } }

  /// What is to be signed.
  func signingRequest() throws -> SigningRequest {
    let query = try sides.map { sides in
      let decoded = try sides.map { try #require(Self.decode($0), "\($0) is not UTF-8") }
      return QueryItem(decoded[0], decoded.count > 1 ? decoded[1] : nil)
    }
    return SigningRequest(
      method: method, path: String(target.prefix { $0 != "?" }), query: query, headers: headers,
      payload: .sha256(of: body.span.bytes))
  }

  /// Each parameter of the query as its name, and its value if it has one.
  private var sides: [[Substring]] {
    target.drop { $0 != "?" }.dropFirst().split(separator: "&").map { item in
      item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    }
  }

  /// A side of a parameter, percent-decoded; what is no percent-encoding stands for itself.
  static func decode(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.utf8.count == 2, digits.first?.isHexDigit == true,
        let value = UInt8(digits, radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
