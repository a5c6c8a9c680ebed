extension AWSHost {
  /// Sends a small request, and again where there is no answer, or one that says that the server
  /// failed (429, 500 and above).
  ///
  /// - Returns: The latest answer, whatever its status.
  /// - Throws: ``HTTPExchangeError``, `CancellationError`.
  func exchange(
    _ request: HTTPExchangeRequest, attempts: Int,
    retryIf isRetryable: (HTTPExchangeAnswer) -> Bool = { $0.status == 429 || $0.status >= 500 }
  ) async throws -> HTTPExchangeAnswer {
    var failures = 0
    while true {
      try Task.checkCancellation()
      do {
        let answer = try await http.send(request)
        failures += 1
        if failures >= attempts || !isRetryable(answer) { return answer }
      } catch let error as HTTPExchangeError {
        failures += 1
        if failures >= attempts || error.code == .invalidURL { throw error }
      } catch let error as CancellationError {
        throw error
      } catch {
        // Of other errors nobody knows whether they hold what was sent.
        failures += 1
        if failures >= attempts {
          throw HTTPExchangeError(.connectionFailed, "The request could not be sent.")
        }
      }
      try await time.sleep(
        Backoff.delay(afterRetries: failures - 1, random: random(), longest: .seconds(1)))
    }
  }
}
