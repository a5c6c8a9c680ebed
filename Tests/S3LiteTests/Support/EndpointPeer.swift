import TestSupport
import Testing

/// botocore, which resolves endpoints as well.
enum EndpointPeer {
  /// Compares what we resolve with what botocore does, line by line.
  ///
  /// - Parameters:
  ///   - lines: What is asked, as `endpoint_peer.py` reads it.
  ///   - ours: For each the endpoint's URL and the region that is signed for, or `error`.
  static func expect(_ lines: [String], toBe ours: [String]) async throws {
    let output = try await PythonPeer.run(
      "endpoint_peer.py", input: Array(lines.joined(separator: "\n").utf8))
    let theirs = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(theirs.count == ours.count)
    for (line, (expected, found)) in zip(lines, zip(theirs, ours)) where expected != found {
      Issue.record("\(line): \(found), where botocore has \(expected)")
    }
  }
}
