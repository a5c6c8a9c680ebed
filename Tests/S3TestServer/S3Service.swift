import NIOHTTP1
package import Synchronization

/// S3 in memory: requests in, answers out, without a network.
package final class S3Service: Sendable {
  /// What a server is like from the beginning.
  package struct Configuration: Sendable {
    /// The region of buckets that do not say otherwise.
    package var region = "us-east-1"
    package var accounts: [Account] = [.standard]
    /// The names under which the server is reached; bucket names stand before them.
    package var hosts = ["localhost", "s3.test"]
    /// For all parts of a multipart upload but the last. AWS: 5 MiB.
    package var minimumPartSize = 5 << 20
    /// Whether requests must be signed, unless their bucket is public.
    package var checksSignatures = true
    /// Whether a wrong region is answered with a redirect rather than as a malformed header.
    package var redirectsToRegion = false
    /// Before every answer.
    package var latency: Duration = .zero
    /// Whether completing an upload again is answered as the first time; S3 does so for a while.
    package var repeatsCompletions = true
    /// How many bytes the system takes for each connection before they are read; nil for its own
    /// choice.
    package var receiveBuffer: Int?
    /// Longer bodies are refused.
    package var largestBody = 256 << 20
    /// Seconds since 1970.
    package var clock: @Sendable () -> Int64 = systemClock

    package init() {}
  }

  /// What changes.
  package struct State: Sendable {
    package var buckets: [String: Bucket] = [:]
    package var accounts: [String: Account] = [:]
    /// How far the server's clock is ahead, in seconds.
    package var clockOffset: Int64 = 0
    package var requests: [RecordedRequest] = []
    package var rules: [FaultRule] = []
    /// Asked for a fault where no rule has one.
    package var chooseFault: @Sendable (RecordedRequest) -> Fault? = { _ in nil }
    package var connections = 0
    /// Connections that are open now.
    package var openConnections = 0
    var names = 0
  }

  package let configuration: Configuration
  package let state: Mutex<State>

  package init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
    var state = State()
    for account in configuration.accounts { state.accounts[account.accessKeyID] = account }
    self.state = Mutex(state)
  }

  /// Takes note of a request whose head is there, and chooses its fault.
  ///
  /// - Returns: Its index among the recorded ones.
  func admit(_ request: ServedRequest, connection: Int) -> (index: Int, fault: Fault?) {
    let call = S3Call(request, hosts: configuration.hosts)
    return state.withLock { state in
      var record = RecordedRequest(
        call: call, method: request.method, target: request.target, headers: request.headers,
        body: [], connection: connection)
      var fault: Fault?
      for index in state.rules.indices {
        // All rules count, the first that has a fault gives it.
        let found = state.rules[index].fault(for: call)
        fault = fault ?? found
      }
      fault = fault ?? state.chooseFault(record)
      record.fault = fault
      state.requests.append(record)
      return (state.requests.count - 1, fault)
    }
  }

  /// Takes note of how a request was answered.
  func note(_ index: Int, body: [UInt8], status: Int) {
    state.withLock { state in
      // Tests may have cleared the list since.
      guard state.requests.indices.contains(index) else { return }
      state.requests[index].body = body
      state.requests[index].status = status
    }
  }

  /// The headers that every answer has.
  func finish(_ answer: ServedAnswer, requestID: String) -> ServedAnswer {
    var answer = answer
    let now = state.withLock { configuration.clock() + $0.clockOffset }
    answer.headers.add(name: "Date", value: TimeText.http(now))
    answer.headers.add(name: "Server", value: "S3TestServer")
    answer.headers.add(name: "x-amz-request-id", value: requestID)
    answer.headers.add(name: "x-amz-id-2", value: "test-server")
    return answer
  }

  /// Serves a request.
  package func answer(_ request: ServedRequest) -> ServedAnswer {
    let call = S3Call(request, hosts: configuration.hosts)
    let name = uniqueName()
    do throws(S3Failure) {
      return finish(try serve(request, call, uniqueName: name), requestID: name)
    } catch {
      return failure(error, request, requestID: name)
    }
  }

  /// The answer for a failure.
  func failure(_ failure: S3Failure, _ request: ServedRequest, requestID: String? = nil)
    -> ServedAnswer
  {
    let name = requestID ?? uniqueName()
    return finish(
      failure.answer(
        resource: PercentCode.decode(request.rawPath), requestID: name,
        toHead: request.method == "HEAD"),
      requestID: name)
  }

  private func uniqueName() -> String {
    state.withLock { state in
      state.names += 1
      return "TEST\(String(1_000_000 + state.names, radix: 36, uppercase: true))"
    }
  }

  private func serve(
    _ request: ServedRequest, _ call: S3Call, uniqueName: String
  ) throws(S3Failure) -> ServedAnswer {
    let outcome = state.withLock { state -> Result<ServedAnswer, S3Failure> in
      do throws(S3Failure) {
        let now = configuration.clock() + state.clockOffset
        try authorize(request, call, state, now)
        let chunked = request.headers["content-encoding"].contains { $0.contains("aws-chunked") }
        let body = chunked ? try AWSChunkedBody(decoding: request.body) : nil
        if let body, request.header("x-amz-decoded-content-length") != String(body.content.count) {
          throw S3Failure(.incompleteBody)
        }
        let context = CallContext(
          request: request, call: call, content: body?.content ?? request.body,
          trailer: body?.trailer ?? [:], now: now,
          minimumPartSize: configuration.minimumPartSize,
          repeatsCompletions: configuration.repeatsCompletions, uniqueName: uniqueName)
        return .success(try context.run(&state.buckets, region: configuration.region))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  private func authorize(
    _ request: ServedRequest, _ call: S3Call, _ state: State, _ now: Int64
  ) throws(S3Failure) {
    guard configuration.checksSignatures else { return }
    let bucket = state.buckets[call.bucket]
    let check = SignatureCheck(
      accounts: state.accounts, now: now, region: bucket?.region ?? configuration.region,
      redirectsToRegion: configuration.redirectsToRegion)
    guard try check.isSigned(request) || bucket?.isPublic == true else {
      throw S3Failure(.accessDenied)
    }
  }

  /// The system's clock.
  package static let systemClock: @Sendable () -> Int64 = { TimeText.now() }
}

extension CallContext {
  /// Runs the call.
  func run(_ buckets: inout [String: Bucket], region: String) throws(S3Failure) -> ServedAnswer {
    if call.operation == .createBucket {
      guard buckets[call.bucket] == nil else {
        throw S3Failure(
          409, "BucketAlreadyOwnedByYou",
          "The bucket you tried to create already exists, and you own it.")
      }
      buckets[call.bucket] = Bucket(region: region, owner: Bucket.standardOwner)
      return ServedAnswer(200, [("Location", "/" + call.bucket)])
    }
    guard var bucket = buckets[call.bucket] else {
      var failure = S3Failure(.noSuchBucket)
      failure.elements = [("BucketName", call.bucket)]
      throw failure
    }
    if let owner = request.header("x-amz-expected-bucket-owner"), owner != bucket.owner {
      throw S3Failure(.accessDenied)
    }
    guard !bucket.isRequesterPays || request.header("x-amz-request-payer") == "requester" else {
      throw S3Failure(.accessDenied)
    }
    let source =
      call.operation == .copyObject || call.operation == .uploadPartCopy
      ? try copySource(buckets) : nil
    // Out of the dictionary, so that it is changed in place.
    buckets[call.bucket] = nil
    defer { buckets[call.bucket] = bucket }
    var answer = try run(on: &bucket, source)
    if bucket.isRequesterPays {
      answer.headers.add(name: "x-amz-request-charged", value: "requester")
    }
    return answer
  }

  private func run(on bucket: inout Bucket, _ source: CopySource?) throws(S3Failure) -> ServedAnswer
  {
    switch (call.operation, source) {
    case (.headBucket, _): ServedAnswer(200, [("x-amz-bucket-region", bucket.region)])
    case (.listObjectsV2, _): try listObjectsV2(bucket)
    case (.getObject, _), (.headObject, _): try getObject(bucket)
    case (.putObject, _): try putObject(&bucket)
    case (.deleteObject, _): try deleteObject(&bucket)
    case (.deleteObjects, _): try deleteObjects(&bucket)
    case (.copyObject, let source?): try copyObject(&bucket, from: source)
    case (.createMultipartUpload, _): try createMultipartUpload(&bucket)
    case (.uploadPart, _): try uploadPart(&bucket)
    case (.uploadPartCopy, let source?): try uploadPartCopy(&bucket, from: source)
    case (.completeMultipartUpload, _): try completeMultipartUpload(&bucket)
    case (.abortMultipartUpload, _): try abortMultipartUpload(&bucket)
    default: throw S3Failure(.notImplemented)
    }
  }
}
