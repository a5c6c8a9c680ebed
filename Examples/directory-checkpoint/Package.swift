// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "directory-checkpoint",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "event-log-checkpoint", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "directory-checkpoint",
      dependencies: [.product(name: "CheckpointCore", package: "event-log-checkpoint")],
      path: "Sources")
  ],
  swiftLanguageModes: [.v6]
)
