/// What happened in a simulation, in order: always as one number, which two runs of a seed have in
/// common, and on request as text.
package struct Trace {
  /// Stands for everything that was noted.
  package private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
  /// What was noted, if that was asked for.
  package private(set) var lines: [String] = []
  private let isRecording: Bool
  private let start: Int64

  init(isRecording: Bool, start: Int64) {
    self.isRecording = isRecording
    self.start = start
  }

  private mutating func mix(_ value: UInt64) {
    digest = (digest ^ value) &* 0x0000_0100_0000_01B3
    digest ^= digest >> 29
  }

  /// Notes an event.
  ///
  /// - Parameters:
  ///   - time: When, in microseconds since 1970.
  ///   - actor: Who: the number of a run, or 0 for the world around the runs.
  ///   - what: What happened, and to which key.
  ///   - detail: More of it for a reader.
  mutating func note(
    _ time: Int64, _ actor: Int, _ what: String, _ detail: @autoclosure () -> String = ""
  ) {
    mix(UInt64(bitPattern: time))
    mix(UInt64(bitPattern: Int64(actor)))
    for byte in what.utf8 { mix(UInt64(byte)) }
    guard isRecording else { return }
    let (seconds, rest) = (time - start).quotientAndRemainder(dividingBy: 1_000_000)
    let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(Trace.twoDigits)
      .joined(separator: ":")
    let fraction = String(String(1_000_000 + rest).dropFirst().prefix(3))
    let who = actor == 0 ? "world" : "run \(actor)"
    let text = detail()
    lines.append("\(clock).\(fraction)  \(who): \(what)\(text.isEmpty ? "" : " ")\(text)")
  }

  private static func twoDigits(_ number: Int64) -> String {
    number < 10 ? "0\(number)" : String(number)
  }
}
