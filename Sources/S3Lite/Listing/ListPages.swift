extension S3Client {
  /// The pages of a listing, one after the other.
  ///
  /// - Parameter request: Where it begins; each page is asked for with the token of the one before.
  public func pages(
    _ request: ListObjectsV2Request, options: S3RequestOptions = S3RequestOptions()
  ) -> ListPages {
    ListPages(client: self, request: request, options: options)
  }

  /// The objects of a listing in the order of their keys, one after the other. Common prefixes are
  /// passed over.
  public func objects(
    _ request: ListObjectsV2Request, options: S3RequestOptions = S3RequestOptions()
  ) -> ListedObjects {
    ListedObjects(pages: pages(request, options: options))
  }
}

/// The pages of a listing. Each iterator lists anew.
public struct ListPages: AsyncSequence, Sendable {
  /// A page.
  public typealias Element = ListObjectsV2Result

  let client: S3Client
  let request: ListObjectsV2Request
  let options: S3RequestOptions

  /// Begins to list.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(client: client, request: request, options: options)
  }

  /// Asks for page after page.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let client: S3Client
    /// What the next page is asked for with; nil at the end.
    var request: ListObjectsV2Request?
    let options: S3RequestOptions

    /// The next page, or nil at the end.
    ///
    /// - Throws: ``S3Error``.
    public mutating func next() async throws -> ListObjectsV2Result? {
      guard let current = request else { return nil }
      let page = try await client.listObjectsV2(current, options: options)
      guard page.isTruncated else {
        request = nil
        return page
      }
      // A server that gives the same token again would be asked for ever.
      guard page.nextContinuationToken != current.continuationToken else {
        throw S3Error(
          .invalidAnswer, "The listing goes on with the token that it was asked for with.",
          httpStatus: 200, bucket: current.bucket)
      }
      request?.continuationToken = page.nextContinuationToken
      return page
    }
  }
}

/// The objects of a listing. Each iterator lists anew.
public struct ListedObjects: AsyncSequence, Sendable {
  /// An object.
  public typealias Element = S3ObjectSummary

  let pages: ListPages

  /// Begins to list.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(pages: pages.makeAsyncIterator())
  }

  /// Goes through the objects of page after page.
  public struct AsyncIterator: AsyncIteratorProtocol {
    var pages: ListPages.AsyncIterator
    var objects: [S3ObjectSummary].Iterator = [].makeIterator()

    /// The next object, or nil at the end.
    ///
    /// - Throws: ``S3Error``.
    public mutating func next() async throws -> S3ObjectSummary? {
      while true {
        if let object = objects.next() { return object }
        guard let page = try await pages.next() else { return nil }
        objects = page.contents.makeIterator()
      }
    }
  }
}
