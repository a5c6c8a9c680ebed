import S3Lite
import Testing

/// Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring
/// Payload in a Single Chunk" and "Authenticating Requests: Using Query Parameters": the examples,
/// with the hashes and signatures printed there.
@Suite("Signatures agree with the examples of S3's documentation")
struct S3ExampleTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let method: String
    let path: String
    var query: [QueryItem] = []
    var headers: [HTTPHeader] = []
    var body = ""
    let canonicalHash: String
    let signature: String
  }

  static let host = HTTPHeader("Host", "examplebucket.s3.amazonaws.com")

  static let examples = [
    Example(
      testDescription: "GET Object with a range", method: "GET", path: "/test.txt",
      headers: [HTTPHeader("Range", "bytes=0-9")],
      canonicalHash: "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    Example(
      testDescription: "PUT Object", method: "PUT", path: "/test$file.text",
      headers: [
        HTTPHeader("Date", "Fri, 24 May 2013 00:00:00 GMT"),
        HTTPHeader("x-amz-storage-class", "REDUCED_REDUNDANCY"),
      ],
      body: "Welcome to Amazon S3.",
      canonicalHash: "9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
      signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    Example(
      testDescription: "GET Bucket lifecycle", method: "GET", path: "/",
      query: [QueryItem("lifecycle")],
      canonicalHash: "9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    Example(
      testDescription: "GET Bucket (list objects)", method: "GET", path: "/",
      query: [QueryItem("prefix", "J"), QueryItem("max-keys", "2")],
      canonicalHash: "df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
  ]

  @Test("a request is signed in its headers", arguments: examples)
  func header(_ example: Example) throws {
    let time = try #require(
      SigningTime(secondsSinceEpoch: ExampleCredentials.documentationTime))
    let signed = try SigV4Signer(region: "us-east-1").sign(
      SigningRequest(
        method: example.method, path: PercentEncoding.encode(path: example.path),
        query: example.query, headers: [Self.host] + example.headers,
        payload: .sha256(of: Array(example.body.utf8).span.bytes)),
      with: ExampleCredentials.documentation, at: time)
    #expect(signed.canonicalRequest.hash.hexadecimal == example.canonicalHash)
    #expect(signed.signature == example.signature)
  }

  @Test(
    "a URL for GET Object is presigned, whatever the request says of its body",
    arguments: [PayloadHash.unsigned, .empty])
  func presigned(_ payload: PayloadHash) throws {
    let time = try #require(
      SigningTime(secondsSinceEpoch: ExampleCredentials.documentationTime))
    let signed = try SigV4Signer(region: "us-east-1").presign(
      SigningRequest(method: "GET", path: "/test.txt", headers: [Self.host], payload: payload),
      with: ExampleCredentials.documentation, at: time, expiresAfter: 86_400)
    #expect(
      signed.canonicalRequest.hash.hexadecimal
        == "3bfa292879f6447bbcda7001decf97f4a54dc650c8942174ae0a9121cf58ad04")
    #expect(
      signed.url() == """
        https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
        &X-Amz-Date=20130524T000000Z&X-Amz-SignedHeaders=host&X-Amz-Expires=86400\
        &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404
        """)
  }
}
