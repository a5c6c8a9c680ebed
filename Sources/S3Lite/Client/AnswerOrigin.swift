internal import NIOHTTP1

/// Where an error comes from: the request it answers, and what AWS's support asks for.
struct AnswerOrigin: Sendable {
  private let bucket: String
  private let resource: String
  private let requestID: String?
  private let hostID: String?

  /// The origin of what a request is answered with.
  ///
  /// - Parameter headers: Those of the answer; empty where there was none.
  init(_ request: S3Request, _ headers: HTTPHeaders = [:]) {
    self.init(bucket: request.bucket, key: request.key, headers)
  }

  /// The origin of what becomes of a call of several requests.
  init(bucket: String, key: String?, _ headers: HTTPHeaders = [:]) {
    self.bucket = bucket
    resource = "/\(bucket)" + (key.map { "/\($0)" } ?? "")
    requestID = headers.first(name: "x-amz-request-id")
    hostID = headers.first(name: "x-amz-id-2")
  }

  /// Adds to an error what it does not say itself.
  func complete(_ error: inout S3Error) {
    error.bucket = error.bucket ?? bucket
    error.resource = error.resource ?? resource
    error.requestID = error.requestID ?? requestID
    error.hostID = error.hostID ?? hostID
  }
}
