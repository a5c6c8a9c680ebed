import CheckpointCore
import S3Lite

extension S3ObjectStore {
  /// Runs requests about one key, and says in the words of ``ObjectStoreError`` what went wrong.
  func translating<Result>(
    _ key: String, ifMatch match: ETag? = nil, _ condition: PutCondition = .unconditional,
    _ body: () async throws -> Result
  ) async throws -> Result {
    try check(key)
    do {
      return try await body()
    } catch let error as S3Error {
      throw ObjectStoreError(
        code(of: error, condition), key: key,
        "\(prefix + key) of the bucket \(bucket): \(error)", underlying: error)
    }
  }

  private func check(_ key: String) throws {
    func refuse(_ reason: String) -> ObjectStoreError {
      ObjectStoreError(.invalidKey, key: key, "\"\(key)\" cannot be a key: \(reason).")
    }
    guard !key.isEmpty else { throw refuse("it is empty") }
    // Amazon S3 User Guide, "Naming Amazon S3 objects".
    guard prefix.utf8.count + key.utf8.count <= 1024 else {
      throw refuse("with its prefix it has more than 1024 bytes")
    }
    guard !key.utf8.contains(0) else { throw refuse("it holds a NUL") }
  }

  private func code(of error: S3Error, _ condition: PutCondition) -> ObjectStoreError.Code {
    switch error.code {
    case .preconditionFailed, .conditionalRequestConflict: return .preconditionFailed
    case .noSuchKey, .notFound:
      // S3 says so, too, where If-Match finds no object at all.
      if case .ifMatch = condition { return .preconditionFailed }
      return .notFound
    case .bodyTooLarge: return .tooLarge
    case .invalidObjectState: return .archived
    case .accessDenied: return .accessDenied
    default:
      return error.httpStatus == 403 ? .accessDenied : .unavailable
    }
  }
}
