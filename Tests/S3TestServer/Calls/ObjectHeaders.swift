extension StoredObject {
  /// The headers with which GetObject and HeadObject describe the object.
  func headers(withChecksums: Bool) -> [(String, String)] {
    var headers = [
      ("Last-Modified", TimeText.http(lastModified)), ("ETag", eTag), ("Accept-Ranges", "bytes"),
      ("Content-Type", attributes.contentType ?? "binary/octet-stream"),
    ]
    if let encoding = attributes.contentEncoding { headers.append(("Content-Encoding", encoding)) }
    if let cacheControl = attributes.cacheControl {
      headers.append(("Cache-Control", cacheControl))
    }
    headers += attributes.encryptionHeaders
    headers += attributes.metadata.map { ("x-amz-meta-" + $0.key, $0.value) }
    if !attributes.tags.isEmpty {
      headers.append(("x-amz-tagging-count", String(attributes.tags.count)))
    }
    if attributes.storageClass != "STANDARD" {
      headers.append(("x-amz-storage-class", attributes.storageClass))
    }
    if attributes.isRestored {
      headers.append(
        (
          "x-amz-restore",
          "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2035 00:00:00 GMT\""
        ))
    }
    if withChecksums { headers += checksumHeaders }
    return headers
  }

  var checksumHeaders: [(String, String)] {
    checksums.isEmpty
      ? []
      : checksums.map { ($0.key.header, $0.value) } + [("x-amz-checksum-type", checksumType)]
  }
}

extension StoredAttributes {
  var encryptionHeaders: [(String, String)] {
    var headers = [("x-amz-server-side-encryption", encryption)]
    if let encryptionKeyID {
      headers.append(("x-amz-server-side-encryption-aws-kms-key-id", encryptionKeyID))
    }
    if usesBucketKey {
      headers.append(("x-amz-server-side-encryption-bucket-key-enabled", "true"))
    }
    return headers
  }
}
