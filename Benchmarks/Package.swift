// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who uses the libraries builds the benchmark's dependencies.
let package = Package(
  name: "event-log-checkpoint-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "event-log-checkpoint", path: ".."),
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
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  ],
  swiftLanguageModes: [.v6]
)
