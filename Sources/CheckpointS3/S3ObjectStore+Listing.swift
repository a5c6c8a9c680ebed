public import CheckpointCore
import EventLogModel
import S3Lite

extension S3ObjectStore {
  /// See ``ObjectStore/list(_:_:)``. A listing gives the ETags of all objects, asked for or not.
  public func list(
    _ request: ListRequest, _ onPage: (ListingPage) async throws -> Void
  ) async throws {
    var next = ListObjectsV2Request(bucket: bucket, prefix: prefix + request.prefix)
    while true {
      let result: ListObjectsV2Result
      do {
        result = try await client.listObjectsV2(next, options: options)
      } catch let error as S3Error {
        throw ObjectStoreError(
          error.httpStatus == 403 ? .accessDenied : .unavailable,
          "\(identity)\(request.prefix) cannot be listed: \(error)", underlying: error)
      }
      try await onPage(try page(result))
      guard result.isTruncated else { return }
      next.continuationToken = result.nextContinuationToken
    }
  }

  private func page(_ result: ListObjectsV2Result) throws -> ListingPage {
    guard let date = result.date else {
      throw ObjectStoreError(
        .unavailable, "The listing of \(identity) does not say what time it is at the server.")
    }
    let objects = result.contents.compactMap { object -> ObjectMetadata? in
      // What some tools put under the prefix itself, to show it as a folder, has no name here.
      guard object.key.utf8.count > prefix.utf8.count else { return nil }
      return ObjectMetadata(
        key: String(decoding: object.key.utf8.dropFirst(prefix.utf8.count), as: UTF8.self),
        lastModified: Timestamp(microsecondsSinceEpoch: object.lastModified), size: object.size,
        eTag: object.eTag.map { ETag(quoted: $0) },
        storageClass: object.storageClass ?? S3ObjectStore.standardClass)
    }
    return ListingPage(
      objects: objects, serverTime: Timestamp(microsecondsSinceEpoch: date),
      isLast: !result.isTruncated)
  }
}
