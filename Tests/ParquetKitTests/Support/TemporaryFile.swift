import Foundation

/// A file with the given bytes for as long as `body` runs.
func withTemporaryFile<Result>(
  _ bytes: [UInt8], _ body: (String) async throws -> Result
) async throws -> Result {
  let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("parquet-\(UUID().uuidString).parquet")
  try Data(bytes).write(to: path)
  defer { try? FileManager.default.removeItem(at: path) }
  return try await body(path.path)
}
