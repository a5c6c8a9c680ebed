import EventLogModel

extension EventSchema {
  /// What a device reports of itself: the whole declaration. Validation, columns, identity, order,
  /// grouping and the exported JSON Schema follow from it.
  static func telemetry() throws -> EventSchema {
    try EventSchema(
      name: "telemetry", summary: "A reading of a device.",
      fields: [
        EventField("site", .string, rule: .nonEmpty),
        EventField("device", .string, rule: .printableASCII(length: 1...32)),
        EventField("metric", .string, rule: .oneOf(["temperature", "voltage", "fault"])),
        EventField("value", .int32, isNullable: true, summary: "In thousandths of the unit."),
        EventField("code", .string, isNullable: true, summary: "The code of a fault."),
        EventField("measured", .timestamp),
        EventField("received", .timestamp, isNullable: true, origin: .objectModified),
      ],
      identity: ["site", "device", "metric", "measured"],
      order: ["measured", "device"],
      group: ["site"],
      eventTime: "measured",
      rules: [
        .require("code", when: "metric", is: "fault"),
        .require("value", unless: "metric", is: "fault"),
      ],
      exclusions: [
        EventExclusion(field: "device", prefix: "test-", reason: "Devices on the bench.")
      ])
  }
}
