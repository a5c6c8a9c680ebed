/// An object as the server keeps it.
package struct StoredObject: Sendable {
  package var body: [UInt8]
  /// With its quotes.
  package var eTag: String
  /// Seconds since 1970: S3 keeps no finer time.
  package var lastModified: Int64
  package var attributes: StoredAttributes
  /// Base64 by algorithm.
  package var checksums: [ChecksumAlgorithm: String]
  /// `FULL_OBJECT` or `COMPOSITE`.
  package var checksumType: String
}

/// What a request says of an object beside its content.
package struct StoredAttributes: Sendable {
  package var contentType: String?
  package var contentEncoding: String?
  package var cacheControl: String?
  /// By name without `x-amz-meta-`, in lower case.
  package var metadata: [String: String] = [:]
  package var tags: [String: String] = [:]
  package var storageClass = "STANDARD"
  /// Whether an archived object has been restored.
  package var isRestored = false
  package var encryption = "AES256"
  package var encryptionKeyID: String?
  package var usesBucketKey = false

  package init() {}
}

/// A multipart upload that is neither complete nor aborted.
package struct StoredUpload: Sendable {
  package struct Part: Sendable {
    package var body: [UInt8]
    package var eTag: String
    package var checksums: [ChecksumAlgorithm: String]
  }

  package var key: ObjectKey
  /// Seconds since 1970: a multipart object's Last-Modified is when its upload began.
  package var initiated: Int64
  package var attributes: StoredAttributes
  package var checksumAlgorithm: ChecksumAlgorithm?
  package var checksumType: String
  package var parts: [Int: Part] = [:]
}
