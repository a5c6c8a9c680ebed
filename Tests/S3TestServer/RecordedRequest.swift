package import NIOHTTP1

/// A request as the server saw it, for tests to look at.
package struct RecordedRequest: Sendable {
  package var call: S3Call
  package var method: String
  package var target: String
  package var headers: HTTPHeaders
  /// Empty if the answer did not wait for it.
  package var body: [UInt8]
  /// Which of the server's connections it came over, from 0.
  package var connection: Int
  /// What happened to it.
  package var fault: Fault?
  /// The status of the answer; nil while there is none.
  package var status: Int?

  package var operation: S3Operation { call.operation }

  /// The first value of a header.
  package func header(_ name: String) -> String? {
    headers.first(name: name)
  }
}
