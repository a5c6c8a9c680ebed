import S3Lite

extension Load {
  /// The number of objects that a listing of ranges side by side gives.
  static func listAll(_ client: S3Client) async throws -> Int {
    let summary = try await ParallelLister(prefix: "events/").forEachPage { page in
      ParallelLister.PageResult(
        try await client.listObjectsV2(
          ListObjectsV2Request(
            bucket: "bench", prefix: page.prefix, delimiter: page.delimiter,
            startAfter: page.startAfter, continuationToken: page.continuationToken,
            maxKeys: page.maxKeys)))
    } _: { _ in
    }
    return summary.objectCount
  }
}
