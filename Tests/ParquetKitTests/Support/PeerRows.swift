import Foundation
import TestSupport
import Testing

/// Rows of a Parquet file as pyarrow, Polars and DuckDB read them, held against ours.
enum PeerRows {
  /// Every reader reads the bytes and finds exactly these rows, each a JSON object.
  static func expect(
    _ file: [UInt8], as expected: [[UInt8]], readers: [String] = ["pyarrow", "polars", "duckdb"],
    _ comment: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("peers-\(UUID().uuidString).parquet")
    try Data(file).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    try await expect(
      path.path, as: expected, readers: readers, comment, sourceLocation: sourceLocation)
  }

  /// Every reader reads the file and finds exactly these rows, each a JSON object.
  static func expect(
    _ path: String, as expected: [[UInt8]], readers: [String], _ comment: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let output = try await PythonPeer.run("read_with_all.py", [path] + readers)
    var lines = output.split(separator: UInt8(ascii: "\n")).map(Array.init)[...]
    let ours = try expected.map(parse)
    for reader in readers {
      let line = lines.popFirst()
      let head = try parse(try #require(line, sourceLocation: sourceLocation))
      #expect(head["reader"] as? String == reader, sourceLocation: sourceLocation)
      guard let count = head["rows"] as? Int else {
        Issue.record(
          "\(comment): \(reader) refuses the file: \(head["error"] ?? "")",
          sourceLocation: sourceLocation)
        continue
      }
      #expect(count == ours.count, "\(comment), \(reader)", sourceLocation: sourceLocation)
      for (row, our) in zip(0..<count, ours) {
        let their = try parse(lines[lines.startIndex + row])
        for (name, value) in our {
          let other = their[name]
          #expect(
            (value as? NSObject) == (other as? NSObject),
            "\(comment), \(reader), row \(row), \(name): ours \(value), theirs \(other ?? "")",
            sourceLocation: sourceLocation)
        }
      }
      lines = lines.dropFirst(count)
    }
  }

  private static func parse(_ line: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
  }
}
