import S3Lite
import S3TestServer
import Synchronization
import TestSupport
import Testing

/// Random calls beside random faults, held against a dictionary: a call that returns has done what it
/// says, and one that throws has changed nothing, or says that it may have.
@Suite("Random faults", .timeLimit(.minutes(2)))
struct FaultFuzzTests {
  static func fault(_ random: inout SplitMix64) -> Fault? {
    guard random.one(in: 3) else { return nil }
    let moment = random.pick([Fault.Moment.atHead, .beforeEffect, .afterEffect])
    switch random.below(16) {
    case 0, 1: return Fault(moment, .reset)
    case 2: return Fault(moment, .close)
    case 3: return random.one(in: 4) ? Fault(moment, .silence) : nil
    case 4: return .internalError
    case 5: return Fault(.afterEffect, .failure(S3Failure(500, "InternalError", "After all.")))
    case 6: return .slowDown()
    case 7: return .toAnswer(.closeInBody(after: random.below(40)))
    case 8: return .toAnswer(.resetInBody(after: random.below(40)))
    case 9: return .toAnswer(.flippedBit)
    case 10: return .toAnswer(.wrongLength(by: 1 + random.below(9)))
    case 11: return .toAnswer(.dribble(bytes: 1 + random.below(30), every: .milliseconds(1)))
    case 12: return .toAnswer(.garbage)
    case 13: return .toAnswer(.body([]))
    case 14: return .error(400, "RequestTimeout")
    default: return .error(409, "ConditionalRequestConflict")
    }
  }

  /// What one client believes of its own keys.
  struct Model {
    var objects: [String: [UInt8]] = [:]
    var succeeded = 0
    var failed = 0
  }

  @Test("leave the store as the calls say", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func sequences(_ seed: UInt64) async throws {
    let faults = Mutex(SplitMix64(seed: seed &* 7_919))
    try await withServerAndClient(stall: .milliseconds(300)) { server, client in
      server.change { state in
        state.chooseFault = { request in
          let fault = faults.withLock { Self.fault(&$0) }
          // An answer to HEAD has no body that would show that its length is wrong.
          switch fault?.manner {
          case .wrongLength, .body: return request.operation == .headObject ? nil : fault
          default: return fault
          }
        }
      }
      var random = SplitMix64(seed: seed)
      var model = Model()
      for step in 0..<150 {
        let place: Comment = "seed \(seed), step \(step)"
        try await Self.step(&random, &model, server, client.client, place)
      }
      // Faults are frequent enough to matter, and rare enough to get anywhere.
      #expect(model.succeeded > 50 && model.failed > 3, "seed \(seed): \(model)")
    }
  }

  static func step(
    _ random: inout SplitMix64, _ model: inout Model, _ server: S3TestServer, _ client: S3Client,
    _ place: Comment
  ) async throws {
    let key = "key \(random.below(4))"
    let old = model.objects[key]
    switch random.below(6) {
    case 0, 1:
      let body = random.bytes(random.below(60))
      var request = PutObjectRequest(bucket: "bucket", key: key)
      let eTag = server.object(ObjectKey(key), in: "bucket")?.eTag
      switch random.below(3) {
      case 0: request.ifNoneMatch = "*"
      case 1: request.ifMatch = eTag ?? "\"0\""
      default: break
      }
      let holds = request.ifNoneMatch == nil ? eTag != nil || request.ifMatch == nil : eTag == nil
      let error = try await change(key, to: body, &model, server, place) {
        try await client.putObject(request, body: body)
      }
      if error == nil { #expect(holds, place) }
      if !holds { #expect(server.object(ObjectKey(key), in: "bucket")?.body == old, place) }
    case 2:
      try await change(key, to: nil, &model, server, place) {
        try await client.deleteObject(DeleteObjectRequest(bucket: "bucket", key: key))
      }
    case 3:
      let request = GetObjectRequest(bucket: "bucket", key: key)
      await read(&model, place) {
        let result = try await client.getObject(request, limit: 100)
        #expect(result.body == old, place)
      } absent: {
        #expect(old == nil, place)
      }
    case 4:
      let request = HeadObjectRequest(bucket: "bucket", key: key)
      await read(&model, place) {
        let attributes = try await client.headObject(request)
        #expect(attributes.size == old?.count, place)
      } absent: {
        #expect(old == nil, place)
      }
    default:
      let keys = model.objects.keys.sorted()
      await read(&model, place) {
        let page = try await client.listObjectsV2(ListObjectsV2Request(bucket: "bucket"))
        #expect(page.contents.map(\.key) == keys, place)
      } absent: {
        Issue.record("the bucket is there, \(place)")
      }
    }
  }

  /// A change, after which the object must be the new one or, if the call threw, perhaps the old.
  @discardableResult
  static func change(
    _ key: String, to new: [UInt8]?, _ model: inout Model, _ server: S3TestServer,
    _ place: Comment, _ call: () async throws -> Void
  ) async throws -> S3Error? {
    let old = model.objects[key]
    let error = try await s3Error(call)
    let now = server.object(ObjectKey(key), in: "bucket")?.body
    if let error {
      model.failed += 1
      if error.mayHaveSucceeded {
        #expect(now == old || now == new, place)
      } else {
        #expect(now == old, "\(error)")
      }
    } else {
      model.succeeded += 1
      #expect(now == new, place)
    }
    model.objects[key] = now
    return error
  }

  /// A read, which may fail in no other way than by an S3Error.
  static func read(
    _ model: inout Model, _ place: Comment, _ call: () async throws -> Void, absent: () -> Void
  ) async {
    do {
      try await call()
      model.succeeded += 1
    } catch let error as S3Error {
      model.failed += 1
      if [.noSuchKey, .notFound, .noSuchBucket].contains(error.code) { absent() }
    } catch {
      Issue.record(error, place)
    }
  }
}
