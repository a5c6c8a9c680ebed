/// Exponential backoff with full jitter.
///
/// AWS SDKs and Tools Reference Guide, "Retry behavior": a random part of 1, 2, 4, ... seconds.
enum Backoff {
  /// The wait before a retry.
  ///
  /// - Parameters:
  ///   - retries: How many retries there were already.
  ///   - random: From 0 up to, not including, 1.
  ///   - longest: The most that the exponential part grows to.
  static func delay(afterRetries retries: Int, random: Double, longest: Duration) -> Duration {
    // 2^20 seconds are twelve days: beyond that nothing more can be told apart.
    let exponential = Duration.seconds(1 << min(max(retries, 0), 20))
    return min(exponential, longest) * random
  }
}
