import Foundation
import S3Lite
import TestSupport
import Testing

@testable import class S3Lite.SigningKeyCache

@Suite("The signer")
struct SigV4SignerTests {
  let request = SigningRequest(
    method: "GET", path: "/key", headers: [HTTPHeader("Host", "bucket.example")], payload: .empty)
  let credentials = AWSCredentials(
    accessKeyID: "AKIDEXAMPLE", secretAccessKey: "sEcReT/kEy", sessionToken: "tOkEn/123")

  func time(_ seconds: Int64 = 1_700_000_000) throws -> SigningTime {
    try #require(SigningTime(secondsSinceEpoch: seconds))
  }

  @Test("never shows the secret or the token in a description, a mirror or an interpolation")
  func nothingSecretIsShown() throws {
    let signer = SigV4Signer(region: "eu-west-1")
    let signed = try signer.sign(request, with: credentials, at: time())
    let presigned = try signer.presign(request, with: credentials, at: time(), expiresAfter: 60)
    var dumped = ""
    dump(credentials, to: &dumped)
    dump(signed, to: &dumped)
    dump(presigned, to: &dumped)
    dump(signer, to: &dumped)
    var received = request
    received.headers += signed.headers + [HTTPHeader("AUTHORIZATION", "sEcReT")]
    received.query = [QueryItem("x-amz-security-token", "tOkEn"), QueryItem("uploads")]
    dump(received, to: &dumped)
    for value in [
      credentials, signed, presigned, signer, signed.canonicalRequest, signed.headers, received,
    ] as [Any] {
      dumped += "\(value) \(String(reflecting: value)) "
    }
    for secret in ["sEcReT", "kEy", "tOkEn", signed.signature, presigned.signature] {
      #expect(!dumped.contains(secret))
    }
    #expect(dumped.contains("AKIDEXAMPLE"))
    #expect(dumped.contains("bucket.example"))
  }

  @Test("replaces headers of its own and passes over those that change on the way")
  func ownHeaders() throws {
    var dressed = request
    dressed.headers += [
      HTTPHeader("x-amz-date", "20000101T000000Z"), HTTPHeader("AUTHORIZATION", "none"),
      HTTPHeader("X-Amz-Security-Token", "old"), HTTPHeader("X-AMZ-CONTENT-SHA256", "old"),
      HTTPHeader("User-Agent", "x"), HTTPHeader("Connection", "close"),
    ]
    let signer = SigV4Signer(region: "eu-west-1")
    #expect(
      try signer.sign(dressed, with: credentials, at: time()).canonicalRequest
        == signer.sign(request, with: credentials, at: time()).canonicalRequest)
  }

  @Test(
    "refuses what cannot be sent",
    arguments: [
      ("missing-host", SigningRequest(method: "GET", path: "/", headers: [], payload: .empty)),
      ("invalid-method", SigningRequest(method: "GE T", path: "/", headers: [], payload: .empty)),
      ("invalid-method", SigningRequest(method: "", path: "/", headers: [], payload: .empty)),
      ("invalid-path", SigningRequest(method: "GET", path: "key", headers: [], payload: .empty)),
      ("invalid-path", SigningRequest(method: "GET", path: "/a?b", headers: [], payload: .empty)),
      ("invalid-path", SigningRequest(method: "GET", path: "/a\nb", headers: [], payload: .empty)),
      (
        "invalid-header",
        SigningRequest(
          method: "GET", path: "/", headers: [HTTPHeader("a b", "c")], payload: .empty)
      ),
      (
        "invalid-header",
        SigningRequest(method: "GET", path: "/", headers: [HTTPHeader("", "c")], payload: .empty)
      ),
      (
        "invalid-header",
        SigningRequest(
          method: "GET", path: "/", headers: [HTTPHeader("a", "b\r\nc: d")], payload: .empty)
      ),
      (
        "invalid-header",
        SigningRequest(
          method: "GET", path: "/", headers: [HTTPHeader("a", "b\n")], payload: .empty)
      ),
    ])
  func refusals(_ code: String, _ bad: SigningRequest) throws {
    var bad = bad
    if code != "missing-host" { bad.headers.append(HTTPHeader("Host", "bucket.example")) }
    let time = try time()
    let error = #expect(throws: SigV4Error.self) {
      try SigV4Signer(region: "eu-west-1").sign(bad, with: credentials, at: time)
    }
    #expect(error?.code.rawValue == code)
  }

  @Test(
    "signs S3's paths as they are sent, and encodes what a client ought to have encoded",
    arguments: [
      ("", "/"), ("/", "/"), ("//a/../b/./", "//a/../b/./"), ("/%C3%A9%2f", "/%C3%A9%2f"),
      ("/a b+c$é", "/a%20b%2Bc%24%C3%A9"), ("/%", "/%25"), ("/%4", "/%254"), ("/%zz", "/%25zz"),
      ("/%41%", "/%41%25"), ("/-._~", "/-._~"),
    ])
  func pathsOfS3(_ path: String, _ canonical: String) throws {
    var request = request
    request.path = path
    let signed = try SigV4Signer(region: "eu-west-1").sign(request, with: credentials, at: time())
    let lines = signed.canonicalRequest.text.split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[1] == canonical)
  }

  @Test("presigns for 1 second to 7 days", arguments: [-1, 0, 604_801, .max, .min])
  func lifetimes(_ seconds: Int) throws {
    let time = try time()
    let error = #expect(throws: SigV4Error.self) {
      try SigV4Signer(region: "eu-west-1").presign(
        request, with: credentials, at: time, expiresAfter: seconds)
    }
    #expect(error?.code == .invalidExpiration)
  }

  @Test("presigns no query that is presigned already")
  func presignedTwice() throws {
    var bad = request
    bad.query = [QueryItem("X-Amz-Date", "20130524T000000Z")]
    let time = try time()
    let error = #expect(throws: SigV4Error.self) {
      try SigV4Signer(region: "eu-west-1").presign(
        bad, with: credentials, at: time, expiresAfter: 60)
    }
    #expect(error?.code == .reservedQueryItem)
  }

  @Test("keeps a bounded number of keys, one for each credential, day, region and service")
  func keyCache() throws {
    let cache = SigningKeyCache(capacity: 3)
    var signatures: Set<String> = []
    var others = credentials
    for round in 0..<2 {
      for day in 0..<2 {
        for region in ["eu-west-1", "us-east-1"] {
          for secret in ["one", "two"] {
            others = AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret)
            let instant = try time(1_700_000_000 + Int64(day) * 86_400)
            let kept = try SigV4Signer(region: region, keys: cache)
              .sign(request, with: others, at: instant).signature
            let fresh = try SigV4Signer(region: region)
              .sign(request, with: others, at: instant).signature
            #expect(kept == fresh, "in round \(round)")
            #expect(cache.count <= 3)
            signatures.insert(kept)
          }
        }
      }
    }
    #expect(signatures.count == 8)
  }

  @Test("keeps keys of services, and of secrets that Unicode holds for equal, apart")
  func similarKeys() throws {
    let cache = SigningKeyCache()
    let instant = try time()
    var signatures: Set<String> = []
    for service in ["s3", "sts"] {
      // An e with an acute accent as one character and as two.
      for secret in ["caf\u{e9}", "cafe\u{301}"] {
        let credentials = AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret)
        func signature(_ cache: SigningKeyCache) throws -> String {
          try SigV4Signer(region: "eu-west-1", service: service, keys: cache)
            .sign(request, with: credentials, at: instant).signature
        }
        let fresh = try signature(SigningKeyCache())
        for _ in 0..<2 { #expect(try signature(cache) == fresh) }
        signatures.insert(fresh)
      }
    }
    #expect(signatures.count == 4)
    #expect(cache.count == 4)
  }

  @Test("signs the same on many threads that share a cache of one key")
  func sharedCache() async throws {
    let cache = SigningKeyCache(capacity: 1)
    let credentials = credentials
    let request = request
    let instant = try time()
    let expected = try ["a", "b", "c"].map { region in
      try SigV4Signer(region: region).sign(request, with: credentials, at: instant).signature
    }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for task in 0..<8 {
        group.addTask {
          var agree = true
          for round in 0..<50 {
            let index = (task + round) % 3
            let signed = try SigV4Signer(region: ["a", "b", "c"][index], keys: cache)
              .sign(request, with: credentials, at: instant)
            agree = agree && signed.signature == expected[index]
          }
          return agree
        }
      }
      for try await agree in group { #expect(agree) }
    }
    #expect(cache.count == 1)
  }

  @Test("writes times as Foundation does")
  func times() throws {
    var random = SplitMix64(seed: 20_130_524)
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "yyyyMMdd'T'HHmmss'Z'"
    // From 1600, since Foundation's calendar is the Julian one before 1582.
    for _ in 0..<500 {
      let seconds = Int64(random.below(265_000_000_000)) - 11_676_096_000
      let instant = try time(seconds)
      let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
      #expect(instant.description == expected, "\(seconds) seconds")
    }
    #expect(SigningTime(secondsSinceEpoch: .max) == nil)
    #expect(SigningTime(secondsSinceEpoch: .min) == nil)
    #expect(try time(-62_135_596_800).description == "00010101T000000Z")
    #expect(try time(253_402_300_799).description == "99991231T235959Z")
  }
}
