import Foundation
import S3Lite
import Testing

@testable import struct S3Lite.SigningTime

/// A case of AWS's test suite: a request, its context, and what is to come out.
struct SigV4SuiteCase: Sendable, CustomTestStringConvertible {
  let name: String
  let directory: URL

  var testDescription: String { name }

  /// The directory of the cases: the one that `SIGV4_SUITE` names, else the one among our resources.
  static let suite: URL = {
    if let path = ProcessInfo.processInfo.environment["SIGV4_SUITE"], !path.isEmpty {
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    return Bundle.module.bundleURL.appendingPathComponent("Resources/sigv4", isDirectory: true)
  }()

  /// The cases: every directory with a request in it.
  static let all: [SigV4SuiteCase] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: suite.path)) ?? []
    return names.sorted().compactMap { name in
      let directory = suite.appendingPathComponent(name, isDirectory: true)
      let request = directory.appendingPathComponent("request.txt")
      guard FileManager.default.fileExists(atPath: request.path) else { return nil }
      return SigV4SuiteCase(name: name, directory: directory)
    }
  }()

  /// What surrounds the request (`context.json`).
  struct Context: Decodable {
    struct Credentials: Decodable {
      var accessKeyId: String
      var secretAccessKey: String
      var token: String?
    }
    var credentials: Credentials
    var expirationInSeconds: Int?
    var normalize: Bool
    var region: String
    var service: String
    var signBody: Bool?
    var timestamp: String
    var omitSessionToken: Bool?
  }

  func context() throws -> Context {
    let data = try Data(contentsOf: directory.appendingPathComponent("context.json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Context.self, from: data)
  }

  /// A file of the case as it is.
  func bytes(_ file: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: directory.appendingPathComponent(file)))
  }

  /// A file of the case as text.
  func text(_ file: String) throws -> String {
    String(decoding: try bytes(file), as: UTF8.self)
  }

  /// A file of the case as text, without the line break that an editor may have put at its end.
  func line(_ file: String) throws -> String {
    let bytes = try bytes(file)
    let end = bytes.lastIndex { $0 != 0x0A && $0 != 0x0D }.map { $0 + 1 } ?? 0
    return String(decoding: bytes[..<end], as: UTF8.self)
  }
}

/// The request of a case, taken apart.
struct SigV4SuiteRequest {
  let method: String
  let target: String
  /// The header lines as they are, folded ones joined by line feeds.
  let headers: [HTTPHeader]
  let body: [UInt8]

  init(_ bytes: [UInt8]) throws {
    var lines: [[UInt8]] = []
    var rest = bytes[...]
    var body: [UInt8] = []
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
      var line = Array(rest[..<end])
      rest = rest[min(end + 1, rest.endIndex)...]
      if line.last == 0x0D { line.removeLast() }
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
    let targetEnd = try #require(first.range(of: " HTTP/", options: .backwards)?.lowerBound)
    method = String(first[..<methodEnd])
    target = String(first[first.index(after: methodEnd)..<targetEnd])
    var headers: [HTTPHeader] = []
    for line in lines.dropFirst() {
      if line.first == 0x20 || line.first == 0x09 {
        try #require(!headers.isEmpty)
        headers[headers.count - 1].value += "\n" + String(decoding: line, as: UTF8.self)
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

  /// What is to be signed.
  func signingRequest() -> SigningRequest {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var query: [QueryItem] = []
    if parts.count > 1 {
      for item in parts[1].split(separator: "&") {
        let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        // What is no percent-encoding stands for itself.
        let decoded = sides.map { String($0).removingPercentEncoding ?? String($0) }
        query.append(QueryItem(decoded[0], decoded.count > 1 ? decoded[1] : nil))
      }
    }
    return SigningRequest(
      method: method, path: String(parts[0]), query: query, headers: headers,
      payload: .sha256(of: body.span.bytes))
  }

  /// The request as text, with another target and more headers.
  func text(target: String? = nil, added: [HTTPHeader] = []) -> String {
    var text = "\(method) \(target ?? self.target) HTTP/1.1\n"
    for header in headers + added { text += "\(header.name):\(header.value)\n" }
    return text + "\n" + String(decoding: body, as: UTF8.self)
  }
}
