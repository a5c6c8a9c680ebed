extension ObjectStore {
  /// Writes an object whose key follows from its content, unless it is there already.
  ///
  /// A refused write alone does not prove that: S3 refuses one also while another is under way that
  /// may yet fail. So the object is looked for, and written again where it is not.
  func putOnce(_ key: String, _ bytes: [UInt8], _ environment: RunEnvironment) async throws {
    var attempt = 1
    while true {
      do {
        _ = try await put(key, bytes: bytes, condition: .ifAbsent)
        return
      } catch let error as ObjectStoreError where error.code == .preconditionFailed {
        do {
          _ = try await head(key)
          return
        } catch let missing as ObjectStoreError where missing.code == .notFound {
          guard attempt < 8 else { throw error }
        }
        try await environment.sleep(environment.pause(beforeAttempt: attempt))
        attempt += 1
      }
    }
  }
}
