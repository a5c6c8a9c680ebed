// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "telemetry",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "event-log-checkpoint", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "telemetry",
      dependencies: [
        .product(name: "CheckpointCore", package: "event-log-checkpoint"),
        .product(name: "EventLogModel", package: "event-log-checkpoint"),
      ],
      path: "Sources")
  ],
  swiftLanguageModes: [.v6]
)
