import Foundation
import TestSupport
import Testing

/// What others make of what we write, or write themselves.
enum LambdaPeer {
  enum Format: String {
    case emf = "validate-emf"
    case xRay = "validate-xray"

    var schema: String { self == .emf ? "emf.schema" : "xray-subsegment.schema" }
  }

  /// What is wrong with each document: nothing, where it is right.
  static func faults(_ format: Format, _ documents: [[UInt8]]) async throws -> [String] {
    let schema = try #require(
      Bundle.module.url(
        forResource: format.schema, withExtension: "json", subdirectory: "Resources"))
    return try await PythonPeer.exchange(
      "lambda_peer.py", [format.rawValue, schema.path], messages: documents
    ).map { String(decoding: $0 ?? [], as: UTF8.self) }
  }

  /// What another implementation writes for a request.
  static func write(_ mode: String, _ request: Any) async throws -> [UInt8] {
    let message = try JSONSerialization.data(withJSONObject: request)
    let answers = try await PythonPeer.exchange(
      "lambda_peer.py", [mode], messages: [[UInt8](message)])
    return try #require(answers.first.flatMap { $0 })
  }
}

/// A JSON object as Foundation reads it.
func object(_ bytes: some Sequence<UInt8>) throws -> [String: Any] {
  let value = try JSONSerialization.jsonObject(with: Data(bytes))
  return try #require(value as? [String: Any])
}
