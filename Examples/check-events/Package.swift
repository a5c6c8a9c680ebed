// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "check-events",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "event-log-checkpoint", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "check-events",
      dependencies: [.product(name: "EventLogModel", package: "event-log-checkpoint")],
      path: "Sources")
  ],
  swiftLanguageModes: [.v6]
)
