#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What this process has used so far.
struct Usage {
  private let time: ContinuousClock.Instant
  private let processor: Double

  static func now() -> Usage { Usage(time: .now, processor: resources().processor) }

  /// Prints what was used since: seconds, bytes, and the most memory that the process ever had, in
  /// bytes.
  func report(rows: Int, _ traffic: ServedStore.Traffic) {
    let now = Usage.resources()
    print(
      "{\"rows\": \(rows), \"seconds\": \((ContinuousClock.now - time) / .seconds(1)), "
        + "\"processor\": \(now.processor - processor), \"peak\": \(now.peak), "
        + "\"requests\": \(traffic.requests), \"read\": \(traffic.read), "
        + "\"written\": \(traffic.written), \"kept\": \(traffic.kept)}")
  }

  private static func resources() -> (processor: Double, peak: Int) {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      let unit = 1
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      let unit = 1_024
    #endif
    return (
      Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
      Int(usage.ru_maxrss) * unit
    )
  }

  /// Microseconds since 1970-01-01T00:00:00Z.
  static func wallClock() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }
}
