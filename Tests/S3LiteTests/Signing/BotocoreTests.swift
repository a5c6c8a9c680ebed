import Foundation
import S3Lite
import TestSupport
import Testing

/// Random requests, signed by botocore's signers and by ours.
@Suite("Signatures agree with botocore's")
struct BotocoreTests {
  enum Form: String, CaseIterable, Encodable {
    case s3 = "s3"
    case s3Query = "s3-query"
    case general = "general"
    case generalQuery = "general-query"

    var isQuery: Bool { self == .s3Query || self == .generalQuery }
    var rules: SigningRules { self == .s3 || self == .s3Query ? .s3 : .general }
  }

  /// A request in the words of `sigv4_peer.py`. Path and query are not encoded: the peer does that
  /// itself.
  struct Message: Encodable {
    var form: Form
    var method: String
    var scheme: String
    var host: String
    var path: String
    var query: [[String?]]
    var headers: [[String]]
    var body: String
    var payload: String
    var accessKey: String
    var secretKey: String
    var token: String?
    var region: String
    var service: String
    var timestamp: String
    var seconds: Int64
    var expires: Int
  }

  struct Answer: Decodable {
    var canonicalRequest: String
    var stringToSign: String
    var signature: String
    var authorization: String?
    var url: String
  }

  static let alphabets: [[Character]] = [
    Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"),
    Array("!\"#$%&'()*+,:;<=>?@[\\]^`{|} "),
    Array("äöüßéñ→漢字🎉\u{1F468}\u{200D}e\u{301}\u{7F}\u{A0}\u{2028}"),
    Array("/.%+ "),
  ]

  static func text(_ random: inout SplitMix64, upTo length: Int) -> String {
    let count = random.below(length + 1)
    let alphabet = random.one(in: 3) ? alphabets.flatMap { $0 } : random.pick(alphabets)
    return String((0..<count).map { _ in random.pick(alphabet) })
  }

  static func path(_ random: inout SplitMix64) -> String {
    var path = "/"
    let segments = random.below(5)
    for index in 0..<segments {
      if index > 0 { path += "/" }
      switch random.below(8) {
      case 0: break
      case 1: path += "."
      case 2: path += ".."
      case 3: path += "a+b c%20d"
      default: path += text(&random, upTo: 12)
      }
    }
    if random.one(in: 4) { path += "/" }
    if random.one(in: 40) {
      path += String(repeating: random.pick(["x", "é", "%", "/"]), count: 1_000)
    }
    return path
  }

  static func headerValue(_ random: inout SplitMix64) -> String {
    let words = ["a", "b  c", "\tx\t", "  ", "\"q  r\"", "é漢", "1;2,3", "", "=%20+", "🎉"]
    return (0..<random.below(4)).map { _ in random.pick(words) }
      .joined(separator: random.pick([" ", "   ", "\t", ""]))
  }

  static func message(_ random: inout SplitMix64, _ form: Form) throws -> Message {
    var query: [[String?]] = []
    var names: Set<String> = []
    for _ in 0..<random.below(5) {
      let name =
        random.one(in: 3)
        ? random.pick(["prefix", "a", "a-", "a.b", "A", "lifecycle", "uploadId"])
        : text(&random, upTo: 6) + "n"
      // botocore keeps one value of a name when it presigns.
      if form.isQuery && !names.insert(name).inserted { continue }
      query.append([name, text(&random, upTo: 10)])
    }
    var headers: [[String]] = []
    for _ in 0..<random.below(5) {
      let name = random.pick([
        "Range", "x-amz-meta-A", "X-Amz-Meta-a", "x-amz-meta-a-b", "x-amz-acl", "Content-Type",
        "If-Match", "content-md5", "x-amz-server-side-encryption", "x_y", "Date-Of", "USER-AGENT",
      ])
      headers.append([name, headerValue(&random)])
    }
    let seconds = Int64(random.below(4_000_000_000))
    let time = try #require(SigningTime(secondsSinceEpoch: seconds))
    return Message(
      form: form, method: random.pick(["GET", "PUT", "POST", "DELETE", "HEAD"]),
      scheme: random.pick(["https", "http"]),
      host: random.pick(["bucket.s3.eu-west-1.amazonaws.com", "localhost:9000", "a.b.c.example"]),
      path: path(&random), query: query, headers: headers,
      // botocore moves a body into the query when it presigns.
      body: form.isQuery ? "" : text(&random, upTo: 40),
      payload: form == .s3 ? random.pick(["sha256", "unsigned", "trailer"]) : "sha256",
      accessKey: "AKID" + String(random.below(1_000_000)),
      secretKey: random.pick(["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "s", "ключ"])
        + String(random.below(20)),
      token: random.one(in: 2) ? "FwoGZXIvYXdzE//+=" + String(random.next()) : nil,
      region: random.pick(["us-east-1", "eu-central-1", "cn-north-1"]),
      service: form.rules == .s3 ? "s3" : random.pick(["sts", "execute-api", "monitoring"]),
      timestamp: time.description, seconds: seconds, expires: 1 + random.below(604_800))
  }

  @Test("for thousands of random requests", arguments: Form.allCases)
  func agreement(_ form: Form) async throws {
    let seed: UInt64 = 0x5160_4000 + UInt64(form.rawValue.utf8.count)
    var random = SplitMix64(seed: seed)
    let messages = try (0..<1_500).map { _ in try Self.message(&random, form) }
    let answers = try await PythonPeer.exchange(
      "sigv4_peer.py", [], messages: messages.map { [UInt8](try JSONEncoder().encode($0)) })
    let cache = SigningKeyCache(capacity: 4)
    for (index, message) in messages.enumerated() {
      let place: Comment = "seed \(seed), request \(index): \(message.method) \(message.path)"
      let answer = try JSONDecoder().decode(
        Answer.self, from: Data(try #require(answers[index], place)))
      let signer = SigV4Signer(
        region: message.region, service: message.service, rules: form.rules, keys: cache)
      let payload: PayloadHash =
        switch message.payload {
        case "unsigned": .unsigned
        case "trailer": .streamingUnsignedTrailer
        default: .sha256(of: Array(message.body.utf8).span.bytes)
        }
      let request = SigningRequest(
        method: message.method, path: PercentEncoding.encode(path: message.path),
        query: message.query.map { QueryItem($0[0] ?? "", $0[1]) },
        headers: [HTTPHeader("Host", message.host)]
          + message.headers.map { HTTPHeader($0[0], $0[1]) },
        payload: payload)
      let credentials = AWSCredentials(
        accessKeyID: message.accessKey, secretAccessKey: message.secretKey,
        sessionToken: message.token)
      let time = try #require(SigningTime(secondsSinceEpoch: message.seconds))
      let signature: String
      let canonicalRequest: String
      if form.isQuery {
        let signed = try signer.presign(
          request, with: credentials, at: time, expiresAfter: message.expires)
        (signature, canonicalRequest) = (signed.signature, signed.canonicalRequest.text)
        #expect(
          Self.parts(ofURL: signed.url(scheme: message.scheme)) == Self.parts(ofURL: answer.url),
          place)
      } else {
        let signed = try signer.sign(request, with: credentials, at: time)
        (signature, canonicalRequest) = (signed.signature, signed.canonicalRequest.text)
        #expect(signed.headers.last?.value == answer.authorization, place)
      }
      #expect(canonicalRequest == answer.canonicalRequest, place)
      #expect(signature == answer.signature, place)
      if signature != answer.signature { return }
    }
  }

  /// A URL as what stands before the query, and its parameters in a fixed order.
  static func parts(ofURL url: String) -> [String] {
    let halves = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let query = halves.dropFirst().flatMap { $0.split(separator: "&") }.map(String.init)
    return [String(halves[0])] + query.sorted()
  }
}
