import Crypto
import Foundation
import NIOHTTP1

extension CallContext {
  /// The checksum algorithm that the request carries a value of.
  private func sentChecksum() throws(S3Failure) -> (ChecksumAlgorithm, String)? {
    let sent = ChecksumAlgorithm.allCases.compactMap { algorithm in
      headerOrTrailer(algorithm.header).map { (algorithm, $0) }
    }
    guard sent.count <= 1 else {
      throw .invalidRequest("Expecting a single x-amz-checksum- header.")
    }
    if let name = request.header("x-amz-trailer"), trailer[name.lowercased()] == nil {
      throw S3Failure(
        400, "MalformedTrailerError",
        "The request contained trailing data that was not "
          + "well-formed or did not conform to our published schema.")
    }
    return sent.first
  }

  /// Verifies Content-MD5 and checksums of the content.
  ///
  /// - Parameter fallback: The algorithm for content that comes without a checksum.
  /// - Returns: The checksums to keep.
  func checkContent(
    fallback: ChecksumAlgorithm? = .crc64nvme
  ) throws(S3Failure) -> [ChecksumAlgorithm: String] {
    if let sent = request.header("content-md5") {
      guard Data(base64Encoded: sent)?.count == 16 else { throw S3Failure(.invalidDigest) }
      let actual = Data(Insecure.MD5.hash(data: content)).base64EncodedString()
      guard sent == actual else { throw S3Failure(.badDigest) }
    }
    guard let (algorithm, sent) = try sentChecksum() else {
      guard let fallback else { return [:] }
      return [fallback: fallback.base64(of: content)]
    }
    if let declared = request.header("x-amz-sdk-checksum-algorithm"),
      declared.uppercased() != algorithm.rawValue
    {
      throw .invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
    }
    guard Data(base64Encoded: sent)?.count == algorithm.length else {
      throw .invalidRequest("Value for \(algorithm.header) header is invalid.")
    }
    guard sent == algorithm.base64(of: content) else {
      var failure = S3Failure(.badDigest)
      failure.message =
        "The \(algorithm.rawValue) you specified did not match the calculated checksum."
      throw failure
    }
    return [algorithm: sent]
  }

  /// Content type, metadata, tags, storage class and encryption of the request.
  func attributes() throws(S3Failure) -> StoredAttributes {
    var attributes = StoredAttributes()
    attributes.contentType = request.header("content-type")
    let encodings = request.headers["content-encoding"].flatMap { $0.split(separator: ",") }
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0 != "aws-chunked" }
    attributes.contentEncoding = encodings.isEmpty ? nil : encodings.joined(separator: ",")
    attributes.cacheControl = request.header("cache-control")
    var size = 0
    for (name, value) in request.headers where name.lowercased().hasPrefix("x-amz-meta-") {
      let name = String(name.dropFirst("x-amz-meta-".count)).lowercased()
      size += name.utf8.count + value.utf8.count
      attributes.metadata[name] = value
    }
    guard size <= 2_048 else { throw S3Failure(.metadataTooLarge) }
    if let tagging = request.header("x-amz-tagging") {
      attributes.tags = try Self.tags(tagging)
    }
    if let storageClass = request.header("x-amz-storage-class") {
      let known: Set = [
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
        "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR",
      ]
      guard known.contains(storageClass) else {
        throw S3Failure(
          400, "InvalidStorageClass", "The storage class you specified is not valid")
      }
      attributes.storageClass = storageClass
    }
    if let encryption = request.header("x-amz-server-side-encryption") {
      guard ["AES256", "aws:kms"].contains(encryption) else {
        throw .invalidArgument(
          "The encryption method specified is not supported", "x-amz-server-side-encryption",
          encryption)
      }
      attributes.encryption = encryption
    }
    attributes.encryptionKeyID = request.header("x-amz-server-side-encryption-aws-kms-key-id")
    attributes.usesBucketKey =
      request.header("x-amz-server-side-encryption-bucket-key-enabled") == "true"
    guard attributes.encryption == "aws:kms" || attributes.encryptionKeyID == nil else {
      throw .invalidArgument(
        "Server Side Encryption with AWS KMS managed key requires HTTP header "
          + "x-amz-server-side-encryption : aws:kms", "x-amz-server-side-encryption",
        attributes.encryption)
    }
    return attributes
  }

  /// Tags as a query string (`x-amz-tagging`).
  private static func tags(_ text: String) throws(S3Failure) -> [String: String] {
    var tags: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let decoded = parts.map {
        PercentCode.decode(
          $0.split(separator: "+", omittingEmptySubsequences: false)
            .joined(separator: " "))
      }
      guard tags.updateValue(parts.count > 1 ? decoded[1] : "", forKey: decoded[0]) == nil,
        tags.count <= 10, !decoded[0].isEmpty
      else {
        throw .invalidArgument(
          "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
            + "parameters without tag name duplicates.", "x-amz-tagging", text)
      }
    }
    return tags
  }

  /// The ETag of content that was put in one request: its MD5, unless a KMS key encrypts it.
  static func eTag(of content: [UInt8], _ attributes: StoredAttributes) -> String {
    let salt = attributes.encryption == "aws:kms" ? Array("encrypted".utf8) : []
    return "\"" + hexadecimal(Insecure.MD5.hash(data: salt + content)) + "\""
  }

  /// The ETag of a multipart object: the MD5 of its parts' MD5s, and their number.
  static func eTag(ofParts eTags: [String]) -> String {
    var digests: [UInt8] = []
    for eTag in eTags {
      let digits = Array(eTag.filter { $0 != "\"" })
      for index in stride(from: 0, to: digits.count - 1, by: 2) {
        digests.append(UInt8(String(digits[index...index + 1]), radix: 16) ?? 0)
      }
    }
    return "\"" + hexadecimal(Insecure.MD5.hash(data: digests)) + "-\(eTags.count)\""
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
