// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "lambda-loop",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "event-log-checkpoint", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "lambda-loop",
      dependencies: [.product(name: "LambdaRuntime", package: "event-log-checkpoint")],
      path: "Sources")
  ],
  swiftLanguageModes: [.v6]
)
