// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "bucket-notes",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "event-log-checkpoint", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "bucket-notes",
      dependencies: [.product(name: "S3Lite", package: "event-log-checkpoint")],
      path: "Sources")
  ],
  swiftLanguageModes: [.v6]
)
