// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who uses the libraries builds the benchmark's dependencies.
let package = Package(
  name: "event-log-checkpoint-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "event-log-checkpoint", path: ".."),
    .package(url: "https://github.com/apple/swift-nio", from: "2.81.0"),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "EventLog",
      dependencies: [
        .product(name: "Benchmark", package: "benchmark"),
        .product(name: "EventLogModel", package: "event-log-checkpoint"),
        .product(name: "ParquetKit", package: "event-log-checkpoint"),
      ],
      path: "Benchmarks/EventLog",
      swiftSettings: [.enableExperimentalFeature("Lifetimes")],
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    // Answers small GETs and listings as fast as can be, in S3's place.
    .executableTarget(
      name: "s3-stand-in",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tools/s3-stand-in"),
    // What S3Lite makes of it: requests and processor time.
    .executableTarget(
      name: "s3-load",
      dependencies: [.product(name: "S3Lite", package: "event-log-checkpoint")],
      path: "Tools/s3-load"),
    // What merging new events into long histories takes: time, bytes, memory.
    .executableTarget(
      name: "checkpoint-load",
      dependencies: [
        .product(name: "CheckpointCore", package: "event-log-checkpoint"),
        .product(name: "EventLogModel", package: "event-log-checkpoint"),
      ],
      path: "Tools/checkpoint-load"),
  ],
  swiftLanguageModes: [.v6]
)
