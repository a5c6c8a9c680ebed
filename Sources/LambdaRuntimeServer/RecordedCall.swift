package import NIOHTTP1

/// A request as it came.
package struct RecordedCall: Sendable {
  /// The number of the connection, from 0.
  package var connection: Int
  package var method: String
  package var path: String
  package var headers: HTTPHeaders
  package var body: [UInt8]
  /// What it was answered with; nil where it was not answered, or not yet.
  package var status: Int?
}
