import EventLogModel
import Testing

@testable import CheckpointCore

/// Objects that become visible long after the time that they bear, as replicas do.
@Suite("Objects with a time that is over")
struct LateArrivalTests {
  private func date(_ text: String) throws -> Timestamp { try #require(Timestamp(parsing: text)) }

  /// Three objects of different months, merged.
  private func merged() async throws -> RunFixture {
    let fixture = RunFixture()
    for (name, time) in [
      ("a", "2023-05-10T00:00:00Z"), ("b", "2023-05-20T00:00:00Z"), ("c", "2023-08-01T00:00:00Z"),
    ] {
      fixture.source.poke(
        "log-\(name).json", TestEvent.of(name).bytes, lastModified: try date(time))
    }
    let first = try await fixture.run()
    #expect(first.complete && first.fetched == 3)
    fixture.advance(seconds: 3600)
    return fixture
  }

  @Test("They are found by their month, merged, and not read again")
  func merges() async throws {
    let fixture = try await merged()
    fixture.source.poke(
      "log-late.json", TestEvent.of("late").bytes, lastModified: try date("2023-05-11T00:00:00Z"))
    let summary = try await fixture.run()
    #expect(summary.complete)
    // Those of May alone.
    #expect(summary.fetched == 3)
    #expect(summary.warnings.contains { $0.contains("2023-05;") && $0.contains("overlap") })
    #expect(try await fixture.participants() == ["a", "b", "c", "late"])
    let before = fixture.contents()
    let next = try await fixture.run()
    #expect(next.fetched == 0 && next.complete && next.warnings.isEmpty)
    #expect(fixture.contents() == before)
  }

  @Test("One that changes no row, and one that is refused, are looked at once")
  func noRow() async throws {
    for bytes in [TestEvent.of("a").bytes, Array("{}".utf8)] {
      let fixture = try await merged()
      fixture.source.poke("log-late.json", bytes, lastModified: try date("2023-05-01T00:00:00Z"))
      #expect(try await fixture.run().fetched == 3)
      #expect(try await fixture.run().fetched == 0)
      #expect(try await fixture.participants() == ["a", "b", "c"])
    }
  }

  @Test("One that cannot be read is tried again")
  func unreadable() async throws {
    let fixture = try await merged()
    fixture.source.poke(
      "log-late.json", TestEvent.of("late").bytes, lastModified: try date("2023-08-01T00:00:00Z"))
    fixture.source.beforeEffect = { operation in
      if operation.kind == .get, operation.key == "log-late.json" {
        throw ObjectStoreError(.accessDenied, key: "log-late.json", "It may not be read.")
      }
    }
    #expect(try await !fixture.run().complete)
    fixture.source.beforeEffect = nil
    #expect(try await fixture.run().complete)
    #expect(try await fixture.participants() == ["a", "b", "c", "late"])
  }

  @Test("Objects that go away, are changed, or come in time, make nothing be read again")
  func ordinary() async throws {
    let fixture = try await merged()
    fixture.source.remove("log-a.json")
    #expect(try await fixture.run().fetched == 0)
    fixture.put("b", .of("b2"))
    #expect(try await fixture.run().fetched == 1)
    fixture.advance(seconds: 3600)
    fixture.put("d", .of("d"))
    #expect(try await fixture.run().fetched == 1)
    fixture.advance(seconds: 40 * 86_400)
    fixture.put("e", .of("e"))
    let summary = try await fixture.run()
    #expect(summary.fetched == 1 && summary.warnings.isEmpty)
  }

  @Test("Counts are kept in the state, by month, and the later ones of two runs count")
  func state() async throws {
    let fixture = try await merged()
    let counts = try #require(try fixture.state().listed)
    #expect(counts.months.map { ListedCounts.text(of: $0.key) }.sorted() == ["2023-05", "2023-08"])
    #expect(counts.months.values.sorted() == [1, 2])
    // 15 minutes of overlap before the fixture's clock.
    #expect(
      counts.until.microsecondsSinceEpoch
        == RunFixture.start.microsecondsSinceEpoch - 900_000_000)
    var earlier = try fixture.state()
    earlier.listed = ListedCounts(until: .earliest)
    var later = try fixture.state()
    later.merge(earlier)
    earlier.merge(try fixture.state())
    #expect(later.listed == counts && earlier.listed == counts)
    #expect(try CheckpointState(decoding: later.encoded()) == later)

    let text = String(decoding: try later.encoded(), as: UTF8.self)
    for (good, bad) in [
      ("2023-05", "2023-13"), ("2023-05", "May"), ("\"2023-05\" : 2", "\"2023-05\" : -2"),
    ] {
      #expect(text.contains(good))
      #expect(throws: CheckpointStateError.self) {
        try CheckpointState(decoding: Array(text.replacing(good, with: bad).utf8))
      }
    }
  }
}
