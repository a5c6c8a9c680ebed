import EventLogModel

/// Events like those that data centres submit, the same for the same seed.
enum SampleEvents {
  private struct Generator {
    var state: UInt64

    mutating func below(_ bound: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % bound)
    }

    mutating func pick(_ choices: [String]) -> String {
      choices[below(UInt64(choices.count))]
    }
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// JSON objects, about 400 bytes each, one event a second.
  static func json(count: Int) -> [[UInt8]] {
    var random = Generator(state: 42)
    return (0..<count).map { index in
      let second = index % 60
      let minute = index / 60 % 60
      let hour = index / 3_600 % 24
      let day = padded(1 + index / 86_400 % 28, 2)
      let time = "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))"
      let adcid = random.below(60)
      let text = """
        {"action": "\(random.pick(["submit", "pass-qc", "not-pass-qc"]))", "study": "adrc", \
        "pipeline_adcid": \(adcid), "project_label": "ingest-form-adrc", \
        "center_label": "center-\(adcid)", "gear_name": "form-scheduler", \
        "ptid": "\(110_000 + random.below(90_000))", "naccid": "NACC\(100_000 + random.below(90_000))", \
        "visit_date": "2024-\(padded(1 + random.below(12), 2))-\(padded(1 + random.below(28), 2))", \
        "visit_number": "\(1 + random.below(20))", "datatype": "form", \
        "module": "\(random.pick(["UDS", "LBD", "FTLD", "NP"]))", \
        "packet": "\(random.pick(["I", "F", "T"]))", "modality": null, \
        "timestamp": "2025-01-\(day)T\(time).\(padded(random.below(1_000_000), 6))Z"}
        """
      return Array(text.utf8)
    }
  }
}
