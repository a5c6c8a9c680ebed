import Foundation
import TestSupport
import Testing

/// Page indexes, statistics and checksums held against the values as pyarrow reads them, by a parser
/// that shares nothing with ours.
struct PageIndexPeer: Decodable {
  let chunks: Int
  let offsetIndexes: Int
  let columnIndexes: Int
  let pages: Int
  let checksums: Int
  let bounds: Int

  enum CodingKeys: String, CodingKey {
    case chunks, pages, checksums, bounds
    case offsetIndexes = "offset_indexes"
    case columnIndexes = "column_indexes"
  }

  /// What has been checked in each of the files.
  ///
  /// - Parameter isTight: whether bounds of numbers must be the values themselves, page by page.
  /// - Throws: the first contradiction.
  static func check(_ paths: [String], isTight: Bool = false) async throws -> [PageIndexPeer] {
    try await PythonPeer.run("check_page_index.py", (isTight ? ["--tight"] : []) + paths).split(
      separator: UInt8(ascii: "\n")
    ).map {
      try JSONDecoder().decode(PageIndexPeer.self, from: Data($0))
    }
  }

  /// What has been checked in a file, as in several.
  ///
  /// - Throws: the first contradiction.
  static func check(_ file: [UInt8], isTight: Bool = false) async throws -> PageIndexPeer {
    try await withTemporaryFile(file) {
      try #require(try await check([$0], isTight: isTight).first)
    }
  }
}
