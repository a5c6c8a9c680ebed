import EventLogModel
import ParquetKit
import Testing

@testable import CheckpointCore

@Suite("Other event types")
struct OtherSchemaTests {
  /// Sorted by a text first, and without a column for the time of the source.
  private func schema() throws -> EventSchema {
    try EventSchema(
      name: "reading",
      fields: [
        EventField("site", .string, rule: .nonEmpty),
        EventField("device", .string, isNullable: true),
        EventField("value", .int32, isNullable: true),
        EventField("measured", .timestamp),
      ],
      identity: ["site", "device", "measured"], order: ["device", "measured"], group: ["site"],
      eventTime: "measured")
  }

  @Test("Random readings, sorted by long and null texts, are merged as their declaration says")
  func readings() async throws {
    let schema = try schema()
    // Longer than what statistics keep of a text, and equal so far.
    let prefix = String(repeating: "é", count: 40)
    for seed in 0..<8 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let fixture = RunFixture()
      var configuration = RunConfiguration(
        schema: schema,
        keyTemplate: try KeyTemplate(
          random.pick(["out/all.parquet", "out/{site}/r.parquet"]), schema: schema))
      configuration.concurrency = 2
      configuration.maximumRowGroupRows = 8 + random.below(8)
      var expected: [String: Int] = [:]
      var number = 0
      for _ in 0..<6 {
        for _ in 0..<random.below(40) {
          let device = random.pick(["null", "\"\"", "\"b\"", "\"\(prefix)1\"", "\"\(prefix)2\""])
          let site = random.pick(["north", "south"])
          let second = 10 + random.below(50)
          let json =
            "{\"site\":\"\(site)\",\"device\":\(device),\"value\":\(number),"
            + "\"measured\":\"2025-01-01T00:00:\(second)Z\"}"
          fixture.source.poke("log-\(number).json", Array(json.utf8))
          fixture.advance(seconds: 1)
          expected["\(site) \(device) \(second)"] = number
          number += 1
        }
        configuration.roundObjects = 1 + random.below(30)
        let summary = try await CheckpointRun(
          source: fixture.source, checkpoints: fixture.target, configuration: configuration,
          environment: RunEnvironment(elapsed: { .zero }, random: { 0.5 }, sleep: { _ in })
        ).execute()
        #expect(summary.complete && summary.refused == 0, "seed \(seed)")
        // Later than the files are complete until, so that a later reading replaces an earlier one.
        fixture.advance(seconds: 3600)
      }
      var values: [Int] = []
      for key in fixture.target.keys where key.hasSuffix(".parquet") {
        let file = try await CheckpointFile.decode(
          try #require(fixture.target.peek(key)), schema: schema)
        let rows = file.batch.plainRows
        #expect(rows.map { $0.take(schema.order) } == rows.map { $0.take(schema.order) }.sorted())
        #expect(
          file.parquet.metadata.rowGroups.allSatisfy {
            $0.rowCount <= configuration.maximumRowGroupRows
          })
        values += (0..<file.batch.count).compactMap {
          file.batch.columns[2].int32(at: $0).map(Int.init)
        }
      }
      #expect(values.sorted() == expected.values.sorted(), "seed \(seed)")
      let report = try await CheckpointVerification(
        source: fixture.source, checkpoints: fixture.target, configuration: configuration
      ).execute()
      #expect(report.counts[.missing] == nil && report.counts[.disorder] == nil, "seed \(seed)")
      #expect(
        report.counts[.statistics] == nil && report.counts[.outdated] == nil,
        "seed \(seed): \(report.differences)")
    }
  }
}
