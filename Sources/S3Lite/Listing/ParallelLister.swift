/// Lists the objects under a prefix with many requests at once.
///
/// ListObjectsV2 gives 1,000 keys a page, and the next page only after the one before: a million
/// objects take a thousand round trips in a row. A parallel listing cuts the keys into ranges, from
/// what it sees of them, and lists the ranges side by side; it needs no knowledge of how the keys are
/// made. It sends at most about twice the requests of a listing page by page (three times where the
/// keys are wanted in order), and one for a listing of one page.
///
/// Each object is listed exactly once; one that is written or deleted meanwhile may be listed or not,
/// as in any listing of S3's. The server must sort keys by their UTF-8 bytes and honour start-after:
/// general purpose buckets do, directory buckets do not.
///
/// Amazon S3 API Reference, "ListObjectsV2".
public struct ParallelLister: Sendable {
  /// One request for a page.
  public struct PageRequest: Sendable, Hashable {
    /// What all keys begin with.
    public var prefix: String
    /// What joins keys into common prefixes; nil for none.
    public var delimiter: String?
    /// The keys come behind this one.
    public var startAfter: String?
    /// Where the server said that the next page begins; it outdoes ``startAfter``.
    public var continuationToken: String?
    /// How many keys and common prefixes the page may hold at most.
    public var maxKeys: Int
  }

  /// What a listing needs of the answer.
  public struct PageResult: Sendable, Hashable {
    /// The objects, in the order of the UTF-8 bytes of their keys.
    public var objects: [S3ObjectSummary]
    /// What keys have in common up to the delimiter.
    public var commonPrefixes: [String]
    /// Where the next page begins; nil for the last page.
    public var nextContinuationToken: String?

    /// A page from its parts.
    public init(
      objects: [S3ObjectSummary], commonPrefixes: [String] = [],
      nextContinuationToken: String? = nil
    ) {
      self.objects = objects
      self.commonPrefixes = commonPrefixes
      self.nextContinuationToken = nextContinuationToken
    }

    /// A page as S3 answers it.
    public init(_ result: ListObjectsV2Result) {
      self.init(
        objects: result.contents, commonPrefixes: result.commonPrefixes,
        nextContinuationToken: result.nextContinuationToken)
    }
  }

  /// What a listing came to.
  public struct Summary: Sendable, Hashable {
    /// How many objects were listed.
    public var objectCount: Int
    /// How many requests it took.
    public var requestCount: Int
  }

  /// What all keys begin with.
  public var prefix: String
  /// Only keys behind this one are listed.
  public var startAfter: String?
  /// How many requests are under way at once at most.
  public var width: Int
  /// Whether pages come in the order of their keys' UTF-8 bytes.
  public var isOrdered: Bool
  /// How many pages are held back at most where ``isOrdered``, since others come before them: about
  /// 0.3 MB each. With fewer than four times the ``width`` a listing becomes slower.
  public var heldPages: Int
  /// How many keys a page has at most; S3 gives no more than 1,000.
  public var pageSize: Int

  /// A listing to be made.
  public init(
    prefix: String = "", startAfter: String? = nil, width: Int = 64, isOrdered: Bool = false,
    heldPages: Int = 256, pageSize: Int = 1_000
  ) {
    self.prefix = prefix
    self.startAfter = startAfter
    self.width = max(1, width)
    self.isOrdered = isOrdered
    self.heldPages = max(1, heldPages)
    self.pageSize = min(max(1, pageSize), 1_000)
  }

  /// Lists, and hands on each page of objects; pages are never empty, so there may be none.
  ///
  /// No new request is sent while `onPage` runs: whoever is slow is not overrun. Of the pages that
  /// have come meanwhile there are at most as many as requests at once.
  ///
  /// - Parameters:
  ///   - fetch: Sends one request; it is called from several tasks at once.
  ///   - onPage: Is called with one page after the other.
  /// - Throws: What `fetch` or `onPage` throws, ``ParallelListerError``, `CancellationError`. Then
  ///   the listing is not whole.
  public func forEachPage(
    fetching fetch: @escaping @Sendable (PageRequest) async throws -> PageResult,
    _ onPage: ([S3ObjectSummary]) async throws -> Void
  ) async throws -> Summary {
    var plan = ParallelListerPlan(
      prefix: prefix, startAfter: startAfter, pageSize: pageSize, isOrdered: isOrdered,
      width: width, heldPages: heldPages)
    var objectCount = 0
    let prefix = prefix
    try await withThrowingTaskGroup(of: Answer.self) { group in
      var inFlight = 0
      while true {
        try Task.checkCancellation()
        while inFlight < width, let request = plan.nextRequest() {
          inFlight += 1
          group.addTask {
            let result = try await fetch(
              PageRequest(
                prefix: prefix, delimiter: request.delimiter, startAfter: request.startAfter,
                continuationToken: request.continuationToken, maxKeys: request.maxKeys))
            return Answer(request: request, result: result)
          }
        }
        if let page = plan.nextPage() {
          objectCount += page.count
          try await onPage(page)
          continue
        }
        guard let answer = try await group.next() else { break }
        inFlight -= 1
        try plan.didReceive(answer.result, for: answer.request)
      }
    }
    return Summary(objectCount: objectCount, requestCount: plan.requestCount)
  }

  private struct Answer: Sendable {
    var request: ParallelListerPlan.Request
    var result: PageResult
  }
}
