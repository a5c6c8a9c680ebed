import S3Lite

/// What S3Lite makes of a server, as a line of JSON: seconds, and seconds of processor time.
///
///     s3-load get URL REQUESTS IN-FLIGHT
///     s3-load list URL
///     s3-load sign REQUESTS
@main
struct Load {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case "get" where arguments.count == 4:
      let count = Int(arguments[2]) ?? 1
      try await get(arguments[1], count, inFlight: Int(arguments[3]) ?? 1)
    case "list" where arguments.count == 2:
      try await list(arguments[1])
    case "sign" where arguments.count == 2:
      try sign(Int(arguments[1]) ?? 1)
    default:
      print("usage: s3-load get URL REQUESTS IN-FLIGHT | list URL | sign REQUESTS")
    }
  }

  static let credentials = AWSCredentials(
    accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
  )

  static func client(_ url: String) -> S3Client {
    S3Client(
      configuration: S3Configuration(
        region: "us-east-1", endpoint: S3EndpointSettings(url: url, addressingStyle: .path)),
      credentials: StaticCredentialProvider(credentials))
  }

  /// Reads objects, so many at a time.
  static func get(_ client: S3Client, _ count: Int, inFlight: Int) async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      var next = 0
      for index in 0..<min(inFlight, count) {
        group.addTask { try await read(client, index) }
        next += 1
      }
      for try await size in group {
        guard size == 350 else { throw S3Error(.truncatedBody, "An object has \(size) bytes.") }
        if next < count {
          let index = next
          group.addTask { try await read(client, index) }
          next += 1
        }
      }
    }
  }

  static func read(_ client: S3Client, _ index: Int) async throws -> Int {
    let digits = String(index)
    let key = "events/" + String(repeating: "0", count: max(0, 7 - digits.count)) + digits + ".json"
    return try await client.getObject(
      GetObjectRequest(bucket: "bench", key: key), limit: 65_536
    ).body.count
  }

  /// Measures reading.
  static func get(_ url: String, _ count: Int, inFlight: Int) async throws {
    let client = client(url)
    do {
      // Connections are made, and the signing key is derived.
      try await get(client, min(1_000, count), inFlight: inFlight)
      let (start, processor) = (ContinuousClock.now, processorSeconds())
      try await get(client, count, inFlight: inFlight)
      report(count, ContinuousClock.now - start, processorSeconds() - processor)
      try await client.shutdown()
    } catch {
      try? await client.shutdown()
      throw error
    }
  }

  /// Lists all keys, ranges side by side.
  static func list(_ url: String) async throws {
    let client = client(url)
    do {
      let (start, processor) = (ContinuousClock.now, processorSeconds())
      let count = try await listAll(client)
      report(count, ContinuousClock.now - start, processorSeconds() - processor)
      try await client.shutdown()
    } catch {
      try? await client.shutdown()
      throw error
    }
  }

  /// Signs a GET like those above, with the key cached.
  static func sign(_ count: Int) throws {
    let signer = SigV4Signer(region: "us-east-1")
    guard let time = SigningTime(secondsSinceEpoch: 1_700_000_000) else { return }
    let request = SigningRequest(
      method: "GET", path: "/bench/events/0000001.json",
      headers: [
        HTTPHeader("Host", "127.0.0.1:9000"), HTTPHeader("x-amz-checksum-mode", "ENABLED"),
      ], payload: .empty)
    _ = try signer.sign(request, with: credentials, at: time)
    let (start, processor) = (ContinuousClock.now, processorSeconds())
    var length = 0
    for _ in 0..<count {
      length += try signer.sign(request, with: credentials, at: time).headers.count
    }
    guard length > 0 else { return }
    report(count, ContinuousClock.now - start, processorSeconds() - processor)
  }

  static func report(_ count: Int, _ duration: Duration, _ processor: Double) {
    print(
      "{\"count\": \(count), \"seconds\": \(duration / .seconds(1)), \"processor\": \(processor)}")
  }
}
