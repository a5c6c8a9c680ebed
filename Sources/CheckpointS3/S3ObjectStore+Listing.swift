public import CheckpointCore
import EventLogModel
import S3Lite
import Synchronization

extension S3ObjectStore {
  /// See ``ObjectStore/list(_:_:)``. Many ranges of keys are listed side by side, and all objects
  /// come with their ETags, asked for or not.
  public func list(
    _ request: ListRequest, _ onPage: (ListingPage) async throws -> Void
  ) async throws {
    let lister = ParallelLister(
      prefix: prefix + request.prefix, width: Self.listingWidth, isOrdered: true,
      heldPages: 4 * Self.listingWidth)
    let began = ListingTime()
    // Which page is the last one is only known when there is none after it.
    var held: [S3ObjectSummary] = []
    do {
      _ = try await lister.forEachPage { page in
        var request = ListObjectsV2Request(
          bucket: bucket, prefix: page.prefix, delimiter: page.delimiter,
          startAfter: page.startAfter, continuationToken: page.continuationToken,
          maxKeys: page.maxKeys)
        request.includesRestoreStatus = true
        let result = try await client.listObjectsV2(request, options: options)
        try began.note(result, of: identity)
        return ParallelLister.PageResult(result)
      } _: { objects in
        if !held.isEmpty { try await onPage(self.page(held, try began.time, isLast: false)) }
        held = objects
      }
    } catch let error as S3Error {
      throw failure(request, error.httpStatus == 403 ? .accessDenied : .unavailable, error)
    } catch let error as ParallelListerError {
      throw failure(request, .unavailable, error)
    }
    try await onPage(page(held, try began.time, isLast: true))
  }

  /// How many requests a listing has under way at once.
  private static let listingWidth = 16

  private func page(
    _ objects: [S3ObjectSummary], _ time: Timestamp, isLast: Bool
  ) -> ListingPage {
    let objects = objects.compactMap { object -> ObjectMetadata? in
      // What some tools put under the prefix itself, to show it as a folder, has no name here.
      guard object.key.utf8.count > prefix.utf8.count else { return nil }
      return ObjectMetadata(
        key: String(decoding: object.key.utf8.dropFirst(prefix.utf8.count), as: UTF8.self),
        lastModified: S3ObjectStore.headerTime(object.lastModified), size: object.size,
        eTag: object.eTag.map { ETag(quoted: $0) },
        storageClass: object.storageClass ?? S3ObjectStore.standardClass,
        isRestored: object.isRestored)
    }
    return ListingPage(objects: objects, serverTime: time, isLast: isLast)
  }

  /// A time as the header Last-Modified has it, in whole seconds: some servers list fractions as well,
  /// and an object must have one time however it is looked at.
  static func headerTime(_ microseconds: Int64) -> Timestamp {
    let second: Int64 = 1_000_000
    let fraction = (microseconds % second + second) % second
    return Timestamp(microsecondsSinceEpoch: microseconds - fraction)
  }

  private func failure(
    _ request: ListRequest, _ code: ObjectStoreError.Code, _ error: any Error
  ) -> ObjectStoreError {
    ObjectStoreError(
      code, "\(identity)\(request.prefix) cannot be listed: \(error)", underlying: error)
  }
}

/// The server's time at the beginning of a listing: the earliest of its answers. Pages come in the
/// order of their keys, not in that in which they were answered.
private final class ListingTime: Sendable {
  private let earliest = Mutex<Int64?>(nil)

  var time: Timestamp {
    get throws {
      guard let microseconds = earliest.withLock({ $0 }) else {
        throw ObjectStoreError(.unavailable, "The listing has no answer yet.")
      }
      return Timestamp(microsecondsSinceEpoch: microseconds)
    }
  }

  func note(_ result: ListObjectsV2Result, of identity: String) throws {
    guard let date = result.date else {
      throw ObjectStoreError(
        .unavailable, "The listing of \(identity) does not say what time it is at the server.")
    }
    earliest.withLock { $0 = min($0 ?? date, date) }
  }
}
