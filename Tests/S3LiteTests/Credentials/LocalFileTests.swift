import Foundation
import Testing

@testable import S3Lite

@Suite("Small files")
struct LocalFileTests {
  static func error(reading path: String, limit: Int = 100) -> LocalFileError? {
    #expect(throws: LocalFileError.self) { try LocalFile.read(path: path, limit: limit) }
  }

  @Test("They are read whole, up to a limit; one that is not there is none")
  func reads() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("local-file-\(UUID().uuidString)").path
    #expect(try LocalFile.read(path: path, limit: 100) == nil)
    try Data(repeating: 7, count: 50).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try LocalFile.read(path: path, limit: 50) == [UInt8](repeating: 7, count: 50))
    #expect(try LocalFile.read(path: path + "/below", limit: 50) == nil)
    let error = try #require(LocalFileTests.error(reading: path, limit: 49))
    #expect(error.description.contains("49 bytes") && !error.isOutOfReach)
    #expect(LocalFileTests.error(reading: "a\0b")?.isOutOfReach == false)
  }

  @Test("A directory is out of reach")
  func directory() {
    #expect(LocalFileTests.error(reading: "/")?.isOutOfReach == true)
  }
}
