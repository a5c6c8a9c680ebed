import Foundation
import TestSupport

/// Python's jsonschema, which judges documents by schemas that we have exported.
enum JSONSchemaPeer {
  /// A document, and what the decoder says of it.
  struct Case: Encodable {
    let document: String
    let accepted: Bool
  }

  /// Lets it judge the documents.
  ///
  /// - Returns: 0 where it agrees with all verdicts, and what it printed.
  static func judge(
    _ cases: [Case], by schema: String
  ) async throws -> (status: Int32?, output: String) {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "json-schema-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let schemaFile = directory.appending(path: "schema.json")
    let casesFile = directory.appending(path: "cases.jsonl")
    try Data(schema.utf8).write(to: schemaFile)
    var lines = Data()
    for document in cases {
      lines += try JSONEncoder().encode(document)
      lines.append(0x0A)
    }
    try lines.write(to: casesFile)
    let peer = try PythonPeer.program("json_schema_agrees.py", [schemaFile.path, casesFile.path])
    let outcome = try await peer.run()
    return (outcome.status, outcome.text + outcome.errors)
  }
}
