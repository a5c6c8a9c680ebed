import S3Lite

/// Keeps notes in an object of a bucket that many may append to at once: each write is conditional on
/// the version that was read, and nobody's line is lost.
///
/// Usage: bucket-notes BUCKET [NOTE]
///
/// Credentials, region and endpoint come from where AWS's own tools take them: AWS_ACCESS_KEY_ID,
/// AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL_S3 and so on.
@main
struct BucketNotes {
  static let key = "notes/today.txt"

  struct Usage: Error, CustomStringConvertible {
    let description = "usage: bucket-notes BUCKET [NOTE]"
  }

  static func main() async throws {
    let arguments = CommandLine.arguments
    guard (2...3).contains(arguments.count) else { throw Usage() }
    let client = try await S3Client()
    do {
      if arguments.count == 3 {
        try await append(arguments[2], to: arguments[1], client)
      }
      try await show(arguments[1], client)
    } catch {
      try await client.shutdown()
      throw error
    }
    try await client.shutdown()
  }

  static func append(_ note: String, to bucket: String, _ client: S3Client) async throws {
    var written: [UInt8]?
    while true {
      var write = PutObjectRequest(bucket: bucket, key: key)
      var text: [UInt8] = []
      do {
        let old = try await client.getObject(
          GetObjectRequest(bucket: bucket, key: key), limit: 1 << 20)
        text = old.body
        // The answer to a write may have been lost; then what is in the way is our own note.
        if let written, text.starts(with: written) { return }
        write.ifMatch = old.attributes.eTag
      } catch let error as S3Error where error.code == .noSuchKey {
        write.ifNoneMatch = "*"
      }
      text += Array("\(note)\n".utf8)
      do {
        try await client.putObject(write, body: text)
        return
      } catch let error as S3Error
        where error.code == .preconditionFailed || error.code == .conditionalRequestConflict
      {
        // Somebody was faster: read their version and try again.
        written = error.mayHaveSucceeded ? text : nil
      }
    }
  }

  static func show(_ bucket: String, _ client: S3Client) async throws {
    for try await object in client.objects(
      ListObjectsV2Request(bucket: bucket, prefix: "notes/"))
    {
      print("\(object.key): \(object.size) bytes")
    }
    let url = try await client.presign(
      GetObjectRequest(bucket: bucket, key: key), for: .seconds(600))
    print("for ten minutes: \(url.url)")
  }
}
