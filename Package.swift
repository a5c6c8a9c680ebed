// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
  name: "event-log-checkpoint",
  platforms: [.macOS(.v26)],
  products: [
    // Event schemas as values, strict JSON validation on bytes, events in columns.
    .library(name: "EventLogModel", targets: ["EventLogModel"]),
    // Parquet files, read and written, with Snappy, ZSTD and GZIP.
    .library(name: "ParquetKit", targets: ["ParquetKit"]),
    // AWS Signature Version 4, AWS credentials, and a small client for S3.
    .library(name: "S3Lite", targets: ["S3Lite"]),
    // The incremental merge of event objects into checkpoints, on any object store.
    .library(name: "CheckpointCore", targets: ["CheckpointCore"]),
    // Buckets as object stores of CheckpointCore and as byte ranges for ParquetKit.
    .library(name: "CheckpointS3", targets: ["CheckpointS3"]),
    // The loop of an AWS Lambda function on the Runtime API, for any handler.
    .library(name: "LambdaRuntime", targets: ["LambdaRuntime"]),
    // Structured logs, CloudWatch metrics and X-Ray traces, for any AWS Lambda function.
    .library(name: "LambdaObservability", targets: ["LambdaObservability"]),
    // The checkpoint function: configuration, events, answers; for any host.
    .library(name: "LambdaHost", targets: ["LambdaHost"]),
    // The function as AWS Lambda starts it.
    .executable(name: "bootstrap", targets: ["bootstrap"]),
    // The command line.
    .executable(name: "event-checkpoint", targets: ["event-checkpoint"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(
      url: "https://github.com/apple/swift-configuration", from: "1.0.0", traits: []),
    .package(url: "https://github.com/apple/swift-crypto", "4.0.0"..<"5.0.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.2.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.7.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.81.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.26.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
  ],
  targets: [
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
    .target(name: "EventLogModel", swiftSettings: strict),
    .target(name: "ParquetKit", dependencies: ["CZlib", "CZstd"], swiftSettings: strict),
    .target(
      name: "S3Lite",
      dependencies: [
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    .target(
      name: "CheckpointCore",
      dependencies: [
        "EventLogModel", "ParquetKit", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "CheckpointS3",
      dependencies: ["CheckpointCore", "EventLogModel", "ParquetKit", "S3Lite"],
      swiftSettings: strict),
    .target(
      name: "LambdaRuntime",
      dependencies: [
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .target(
      name: "LambdaObservability",
      dependencies: [
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "Instrumentation", package: "swift-distributed-tracing"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    .target(
      name: "LambdaHost",
      dependencies: [
        "CheckpointCore", "CheckpointS3", "EventLogModel", "LambdaObservability", "LambdaRuntime",
        "ParquetKit", "S3Lite",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    // AWS's end of the Runtime API, on loopback: for tests, and to run a function without AWS.
    .target(
      name: "LambdaRuntimeServer",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    // Lets a program that was linked with a newer glibc start with the one of Amazon Linux 2023.
    .target(name: "CGlibcShim"),
    .executableTarget(
      name: "bootstrap",
      dependencies: [
        "LambdaHost", .target(name: "CGlibcShim", condition: .when(platforms: [.linux])),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "event-checkpoint",
      dependencies: [
        "EventLogModel", "ParquetKit", "CheckpointCore", "CheckpointS3", "LambdaHost",
        "LambdaRuntime", "LambdaRuntimeServer", "S3Lite",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EventLogModelTests", dependencies: ["EventLogModel", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ParquetKitTests", dependencies: ["ParquetKit", "TestSupport"],
      resources: [.copy("Resources")], swiftSettings: strict),
    // What several modules' tests share: Python peers and seeded random numbers.
    .target(
      name: "TestSupport",
      dependencies: [
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(
          name: "SystemPackage", package: "swift-system", condition: .when(platforms: [.linux])),
      ],
      path: "Tests/TestSupport", swiftSettings: strict),
    // S3 on loopback, in memory, with faults on purpose.
    .target(
      name: "S3TestServer",
      dependencies: [
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/S3TestServer", swiftSettings: strict),
    // The same as a program, for benchmarks.
    .executableTarget(
      name: "serve-s3", dependencies: ["S3TestServer"], path: "Tests/serve-s3",
      swiftSettings: strict),
    .testTarget(
      name: "S3LiteTests",
      dependencies: [
        "S3Lite", "S3TestServer", "TestSupport",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
      ],
      resources: [.copy("Resources")], swiftSettings: strict),
    .testTarget(
      name: "CheckpointCoreTests",
      dependencies: ["CheckpointCore", "EventLogModel", "ParquetKit", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "CheckpointS3Tests",
      dependencies: [
        "CheckpointCore", "CheckpointS3", "S3Lite", "S3TestServer", "TestSupport",
      ],
      swiftSettings: strict),
    // One suite for all conformers to CheckpointCore's ObjectStore.
    .testTarget(
      name: "ObjectStoreTests",
      dependencies: [
        "CheckpointCore", "CheckpointS3", "EventLogModel", "S3Lite", "S3TestServer", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LambdaRuntimeTests",
      dependencies: [
        "LambdaRuntime", "LambdaRuntimeServer", "TestSupport",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LambdaObservabilityTests",
      dependencies: [
        "LambdaObservability", "S3Lite", "S3TestServer", "TestSupport",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      resources: [.copy("Resources")], swiftSettings: strict),
    .testTarget(
      name: "LambdaHostTests",
      dependencies: [
        "CheckpointCore", "CheckpointS3", "EventLogModel", "LambdaHost", "LambdaObservability",
        "LambdaRuntime", "LambdaRuntimeServer", "ParquetKit", "S3Lite", "S3TestServer",
        "TestSupport",
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    // Seeded histories of uploads, runs and faults, held against what must always hold.
    .target(
      name: "Simulation",
      dependencies: [
        "CheckpointCore", "EventLogModel", "ParquetKit", "TestSupport",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      path: "Tests/Simulation", swiftSettings: strict),
    .executableTarget(
      name: "simulate",
      dependencies: [
        "Simulation", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/simulate", swiftSettings: strict),
    .testTarget(name: "SimulationTests", dependencies: ["Simulation"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
