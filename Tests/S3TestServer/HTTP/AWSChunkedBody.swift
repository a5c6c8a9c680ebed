/// A body in chunks with a trailer, as `Content-Encoding: aws-chunked` sends it.
///
/// Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring
/// Payload in Multiple Chunks", and "Checking object integrity", "Trailing checksums".
struct AWSChunkedBody {
  var content: [UInt8] = []
  /// By name in lower case.
  var trailer: [String: String] = [:]

  init(decoding bytes: [UInt8]) throws(S3Failure) {
    var rest = bytes[...]
    while true {
      let line = try AWSChunkedBody.line(from: &rest)
      guard let length = Int(line.prefix { $0 != ";" }, radix: 16), length >= 0,
        length <= rest.count
      else { throw S3Failure(.incompleteBody) }
      if length == 0 { break }
      content += rest.prefix(length)
      rest = rest.dropFirst(length)
      guard try AWSChunkedBody.line(from: &rest).isEmpty else { throw S3Failure(.incompleteBody) }
    }
    while true {
      let line = try AWSChunkedBody.line(from: &rest)
      if line.isEmpty { break }
      let pair = line.split(separator: ":", maxSplits: 1)
      guard pair.count == 2 else {
        throw S3Failure(
          400, "MalformedTrailerError",
          "The request contained trailing data that was "
            + "not well-formed or did not conform to our published schema.")
      }
      trailer[pair[0].lowercased()] = String(pair[1].drop { $0 == " " })
    }
    guard rest.isEmpty else { throw S3Failure(.incompleteBody) }
  }

  private static func line(from rest: inout ArraySlice<UInt8>) throws(S3Failure) -> String {
    guard let end = rest.firstIndex(of: 13), end + 1 < rest.endIndex, rest[end + 1] == 10 else {
      throw S3Failure(.incompleteBody)
    }
    defer { rest = rest[(end + 2)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }
}
