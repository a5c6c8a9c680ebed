/// A hash of a schema that does not change from process to process (FNV-1a, 64 bits), over a text
/// in which every part carries its length, so that no two schemas give the same text.
enum SchemaFingerprint {
  static func make(
    name: String, fields: [EventField], identity: [Int], order: [Int], group: [Int],
    eventTime: Int, rules: [CrossFieldRule], exclusions: [EventExclusion]
  ) -> UInt64 {
    var parts = [name]
    parts.append("\(fields.count)")
    for field in fields {
      parts += [field.name, field.type.rawValue, field.isNullable ? "nullable" : "never null"]
      switch field.rule {
      case .anything: parts.append("anything")
      case .nonEmpty: parts.append("non-empty")
      case .oneOf(let values): parts += ["one of", "\(values.count)"] + values
      case .printableASCII(let length):
        parts += ["printable", "\(length.lowerBound)", "\(length.upperBound)"]
      case .calendarDate: parts.append("date")
      }
      parts += field.defaultValue.map { ["default", $0] } ?? ["no default"]
      parts.append(field.origin == .json ? "json" : "object modified")
    }
    for indices in [identity, order, group, [eventTime]] {
      parts.append("\(indices.count)")
      parts += indices.map { "\($0)" }
    }
    parts.append("\(rules.count)")
    for rule in rules {
      parts += [
        rule.field, rule.requirement.rawValue, rule.condition, rule.value,
        rule.holdsWhenEqual ? "equal" : "different",
      ]
    }
    parts.append("\(exclusions.count)")
    for exclusion in exclusions { parts += [exclusion.field, exclusion.prefix] }

    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for part in parts {
      for byte in "\(part.utf8.count):\(part)".utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
      }
    }
    return hash
  }
}
