/// By how much this machine's clock is off, as far as the service's answers say so.
struct ClockOffset: Sendable, Hashable {
  /// What is to be added to this machine's time, in microseconds.
  private(set) var microseconds: Int64 = 0

  /// A correction below this is none: the service refuses what is 15 minutes off (5 with some), so
  /// the clock was not the reason.
  static let smallestCorrection: Int64 = 60_000_000

  /// Takes note of the service's time, which has come with the refusal of a signature for its time.
  ///
  /// - Parameters:
  ///   - serverDate: The service's time, in microseconds since 1970-01-01T00:00:00Z.
  ///   - localTime: This machine's when the answer came, uncorrected.
  ///   - used: The offset with which the refused signature was made.
  /// - Returns: Whether a signature with the new offset may fare better.
  mutating func correct(serverDate: Int64, localTime: Int64, used: Int64) -> Bool {
    let range = CivilTime.range
    guard range.contains(serverDate / 1_000_000), range.contains(localTime / 1_000_000) else {
      return false
    }
    // The header has whole seconds; on average it is half a second old.
    let offset = serverDate + 500_000 - localTime
    guard abs(offset - used) >= ClockOffset.smallestCorrection else { return false }
    microseconds = offset
    return true
  }

  /// The service's time, in microseconds since 1970-01-01T00:00:00Z.
  func corrected(_ localTime: Int64) -> Int64 {
    localTime.addingReportingOverflow(microseconds).partialValue
  }
}
