import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import S3TestServer
import TestSupport
import Testing

@testable import S3Lite

@Suite("What requests hold")
struct RequestHeaderTests {
  @Test("every option of a write is in its header")
  func writing() async throws {
    try await withTestServer { server, client in
      try await client.putObject(
        PutObjectRequest(
          bucket: "visits", key: "k", ifNoneMatch: "*",
          properties: ObjectProperties(
            contentType: "text/csv", contentEncoding: "gzip", cacheControl: "no-store",
            contentDisposition: "attachment", metadata: ["Run-ID": "7 of 9", "a": "b"],
            tags: ["team": "data & docs", "x": ""], storageClass: "STANDARD_IA",
            encryption: .kms(keyID: "alias/k", bucketKey: true))),
        body: Array("visit".utf8),
        options: S3RequestOptions(
          expectedBucketOwner: Bucket.standardOwner, requesterPays: true))
      let request = try #require(server.requests(.putObject).first)
      let expected = [
        ("if-none-match", "*"), ("content-type", "text/csv"), ("content-encoding", "gzip"),
        ("cache-control", "no-store"), ("content-disposition", "attachment"),
        ("x-amz-meta-run-id", "7 of 9"), ("x-amz-meta-a", "b"),
        ("x-amz-tagging", "team=data%20%26%20docs&x="), ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "alias/k"),
        ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
        ("x-amz-expected-bucket-owner", Bucket.standardOwner),
        ("x-amz-request-payer", "requester"), ("x-amz-sdk-checksum-algorithm", "CRC64NVME"),
      ]
      for (name, value) in expected { #expect(request.header(name) == value, "\(name)") }
    }
  }

  @Test("any key goes over the wire byte by byte, percent-encoded but for slashes")
  func targets() async throws {
    var random = SplitMix64(seed: 23)
    let odd = [
      "/", "//", "a/", "/a", ".", "..", "a/./b/../c", "nul\u{0}", "\u{0}", "\u{7F}", " ", "+",
      "%", "%2F", "%zz", "?a=b&c", "#", "a\\b", "[x]{y}|^`\"<>", "ü/😀/\u{301}",
      String(repeating: "ä", count: 512),
    ]
    let alphabet = odd.joined() + "abc/._-~!$&'()*,;=:@"
    let keys =
      odd
      + (0..<100).map { _ in
        String((0...random.below(30)).map { _ in random.pick(Array(alphabet)) })
      }
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/".utf8)
    try await withTestServer { server, client in
      for key in keys {
        server.put(ObjectKey(key), in: "visits", Array(key.utf8))
        let got = try await client.getObject(
          GetObjectRequest(bucket: "visits", key: key), limit: 4_096)
        #expect(got.body == Array(key.utf8), "\(key)")
        var expected = "/visits/"
        for byte in key.utf8 {
          let digits = String(byte, radix: 16, uppercase: true)
          expected +=
            plain.contains(byte)
            ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
        }
        #expect(server.requests.last?.target == expected)
      }
    }
  }

  @Test("expected owner and requester pays are on every call")
  func options() async throws {
    try await withTestServer { server, client in
      let options = S3RequestOptions(
        expectedBucketOwner: Bucket.standardOwner, requesterPays: true)
      server.put("k", in: "visits", [1, 2, 3])
      let source = CopySource(
        bucket: "visits", key: "k", expectedBucketOwner: Bucket.standardOwner)
      _ = try await client.getObject(
        GetObjectRequest(bucket: "visits", key: "k"), limit: 9, options: options)
      _ = try await client.headObject(
        HeadObjectRequest(bucket: "visits", key: "k"), options: options)
      _ = try await client.listObjectsV2(
        ListObjectsV2Request(bucket: "visits"), options: options)
      try await client.copyObject(
        CopyObjectRequest(source: source, bucket: "visits", key: "l"), options: options)
      let upload = try await client.createMultipartUpload(
        bucket: "visits", key: "m", options: options)
      let part = try await client.uploadPart(upload, number: 1, body: [1], options: options)
      _ = try await client.uploadPartCopy(upload, number: 2, from: source, options: options)
      try await client.completeMultipartUpload(upload, parts: [part], options: options)
      let other = try await client.createMultipartUpload(
        bucket: "visits", key: "m", options: options)
      try await client.abortMultipartUpload(other, options: options)
      try await client.deleteObject(
        DeleteObjectRequest(bucket: "visits", key: "k"), options: options)
      _ = try await client.deleteObjects(
        DeleteObjectsRequest(bucket: "visits", keys: ["l"]), options: options)
      for request in server.requests {
        #expect(
          request.header("x-amz-expected-bucket-owner") == Bucket.standardOwner,
          "\(request.operation)")
        #expect(request.header("x-amz-request-payer") == "requester", "\(request.operation)")
      }
      let copies = server.requests(.copyObject) + server.requests(.uploadPartCopy)
      for copy in copies {
        #expect(copy.header("x-amz-source-expected-bucket-owner") == Bucket.standardOwner)
      }
    }
  }

  @Test("odd keys are deleted together, and those that XML cannot hold are refused")
  func deleting() async throws {
    let keys = ["<&>\"'", " a b ", "ü/😀", "tab\tline\nreturn\r", "a//../b", "]]>", "%41+"]
    try await withTestServer { server, client in
      for key in keys { server.put(ObjectKey(key), in: "visits", [1]) }
      server.put("kept", in: "visits", [1])
      let result = try await client.deleteObjects(
        DeleteObjectsRequest(bucket: "visits", keys: keys))
      #expect(result.failures.isEmpty)
      #expect(Set(result.deleted.map(\.key)) == Set(keys))
      #expect(server.bucket("visits")?.objects.count == 1)
      for keys in [["nul\u{0}"], ["bell\u{7}"], [""], [], Array(repeating: "k", count: 1_001)] {
        let error = await #expect(throws: S3Error.self) {
          try await client.deleteObjects(DeleteObjectsRequest(bucket: "visits", keys: keys))
        }
        #expect(error?.code == .invalidRequest)
      }
    }
  }

  @Test(
    "ETags are sent in quotes, whether they came in some or not",
    arguments: [
      ("abc", "\"abc\""), ("\"abc\"", "\"abc\""), ("*", "*"), ("W/\"abc\"", "W/\"abc\""),
      ("\"", "\"\"\""),
    ])
  func eTags(_ given: String, _ sent: String) {
    #expect(ETag.quoted(given) == sent)
  }

  @Test(
    "what cannot come back as it was is refused",
    arguments: [
      ObjectProperties(metadata: ["a": "ü"]), ObjectProperties(metadata: ["a": " b"]),
      ObjectProperties(metadata: ["a b": "c"]), ObjectProperties(metadata: ["": "c"]),
      ObjectProperties(metadata: ["a": "b\r\nx-amz-acl: public-read"]),
      ObjectProperties(
        tags: Dictionary(uniqueKeysWithValues: (0..<11).map { ("\($0)", "") })),
    ])
  func refused(_ properties: ObjectProperties) throws {
    var request = try S3Request(.PUT, bucket: "b12", key: "k", options: S3RequestOptions())
    let error = #expect(throws: S3Error.self) { try request.set(properties) }
    #expect(error?.code == .invalidRequest)
  }

  @Test(
    "ranges are read from Content-Range, and nothing else is",
    arguments: [
      ("bytes 0-9/100", 0..<10, 100), ("bytes 5-5/*", 5..<6, nil), ("bytes 9-5/100", nil, nil),
      ("bytes 0-100/100", nil, nil), ("bytes */100", nil, nil), ("0-9/100", nil, nil),
      ("bytes 0-9223372036854775807/*", nil, nil), ("bytes -1-9/100", nil, nil),
    ] as [(String, Range<Int>?, Int?)])
  func contentRange(_ text: String, _ range: Range<Int>?, _ size: Int?) {
    let read = ContentRange(text)
    #expect(read?.range == range)
    #expect(read?.size == size)
  }

  @Test("a presigned URL serves whoever has it, for its method, until it expires")
  func presigned() async throws {
    try await withTestServer { server, client in
      let key = "odd key/+%ü"
      let put = try await client.presign(
        PutObjectRequest(bucket: "visits", key: key, ifNoneMatch: "*"), for: .seconds(60))
      #expect(put.method == "PUT")
      #expect(!"\(put)".contains("Signature"))
      let http = client.transport.client
      func send(_ signed: PresignedURL, as method: String, _ body: String? = nil) async throws
        -> (UInt, String)
      {
        var request = HTTPClientRequest(url: signed.url)
        request.method = .init(rawValue: method)
        for header in signed.headers { request.headers.add(name: header.name, value: header.value) }
        if let body { request.body = .bytes(Array(body.utf8)) }
        let answer = try await http.execute(request, timeout: .seconds(20))
        let bytes = try await answer.body.collect(upTo: 1 << 20)
        return (answer.status.code, String(buffer: bytes))
      }
      #expect(try await send(put, as: "PUT", "visit").0 == 200)
      let get = try await client.presign(
        GetObjectRequest(bucket: "visits", key: key), for: .seconds(60))
      #expect(try await send(get, as: "GET") == (200, "visit"))
      #expect(try await send(get, as: "DELETE").0 == 403)
      server.change { $0.clockOffset = 61 }
      #expect(try await send(get, as: "GET").0 == 403)
      await #expect(throws: SigV4Error.self) {
        try await client.presign(
          GetObjectRequest(bucket: "visits", key: key), for: .seconds(604_801))
      }
    }
  }

  @Test("pages and objects of a listing come in order, each once")
  func listing() async throws {
    try await withTestServer { server, client in
      let keys = (0..<25).map { "k/\($0 % 5)/\($0)" }
      for key in keys { server.put(ObjectKey(key), in: "visits", [1]) }
      var listed: [String] = []
      for try await object in client.objects(
        ListObjectsV2Request(bucket: "visits", prefix: "k/", maxKeys: 4))
      {
        listed.append(object.key)
      }
      #expect(listed == keys.sorted())
      var pages = 0
      var prefixes: [String] = []
      for try await page in client.pages(
        ListObjectsV2Request(bucket: "visits", prefix: "k/", delimiter: "/", maxKeys: 2))
      {
        pages += 1
        prefixes += page.commonPrefixes
        #expect(page.date != nil)
      }
      #expect(pages == 3)
      #expect(prefixes == (0..<5).map { "k/\($0)/" })
    }
  }
}
