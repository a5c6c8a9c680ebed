// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "parquet-table",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "event-log-checkpoint", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "parquet-table",
      dependencies: [.product(name: "ParquetKit", package: "event-log-checkpoint")],
      path: "Sources")
  ],
  swiftLanguageModes: [.v6]
)
