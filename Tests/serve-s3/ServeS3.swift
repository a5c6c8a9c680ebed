import FoundationEssentials
import S3TestServer
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Serves the tests' S3 with the files of a directory in its bucket `bucket`, for benchmarks.
///
///     serve-s3 DIRECTORY PREFIX LATENCY-MS
///
/// The files are under PREFIX, as if written a day ago. It prints its URL once it serves, and ends with
/// its standard input.
@main
struct ServeS3 {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.count == 3, let latency = Int(arguments[2]), (0...10_000).contains(latency)
    else {
      print("usage: serve-s3 DIRECTORY PREFIX LATENCY-MS")
      return
    }
    // Seconds.
    let past = Atomic(Int64(86_400))
    var configuration = S3Service.Configuration()
    configuration.latency = .milliseconds(latency)
    // The processors are the client's.
    configuration.checksSignatures = false
    let clock = configuration.clock
    configuration.clock = { clock() - past.load(ordering: .relaxed) }
    let server = try await S3TestServer.start(configuration)
    server.createBucket("bucket")
    for name in try FileManager.default.contentsOfDirectory(atPath: arguments[0]) {
      let file = try Data(contentsOf: URL(filePath: arguments[0]).appending(path: name))
      server.put(ObjectKey(arguments[1] + name), in: "bucket", Array(file))
    }
    past.store(0, ordering: .relaxed)
    print(server.endpoint)
    // Standard output is a pipe, and its buffer would keep the line.
    fflush(nil)
    while readLine() != nil {}
    try await server.stop()
  }
}
