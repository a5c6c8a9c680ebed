// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "lambda-embed",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "event-log-checkpoint", path: "../.."),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
  ],
  targets: [
    .executableTarget(
      name: "lambda-embed",
      dependencies: [
        .product(name: "LambdaHost", package: "event-log-checkpoint"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources")
  ],
  swiftLanguageModes: [.v6]
)
