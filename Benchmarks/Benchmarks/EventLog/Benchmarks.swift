import Benchmark
import EventLogModel
import Foundation
import ParquetKit

/// Where the inputs are left for the peers in Python, which read the same bytes.
private let directory = URL(
  fileURLWithPath: ProcessInfo.processInfo.environment["EVENT_CHECKPOINT_BENCH_DIR"]
    ?? NSTemporaryDirectory())

private let rowCount = 1_000_000
private let eventCount = 25_000

private struct CompressedPage {
  let page: [UInt8]
  let size: Int
}

private func decodeAll(_ objects: [[UInt8]]) throws -> EventBatch {
  var decoder = EventDecoder(schema: .visitEvent)
  var batch = EventBatch(schema: .visitEvent)
  for object in objects {
    guard try decoder.decode(object, sourceModified: nil, into: &batch) == .accepted else {
      throw CocoaError(.coderInvalidValue)
    }
  }
  return batch
}

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock], timeUnits: .microseconds, warmupIterations: 2, maxDuration: .seconds(4),
    maxIterations: 200)

  Benchmark("JSON decode, 25,000 events") { (benchmark: Benchmark, objects: [[UInt8]]) in
    benchmark.startMeasurement()
    blackHole(try decodeAll(objects))
  } setup: {
    let objects = SampleEvents.json(count: eventCount)
    let lines = objects.joined(separator: [UInt8(ascii: "\n")])
    try Data(lines).write(to: directory.appendingPathComponent("events.jsonl"))
    return objects
  }

  for codec in [CompressionCodec.snappy, .gzip, .zstd] {
    Benchmark("\(codec) compress, event text") { (benchmark: Benchmark, text: [UInt8]) in
      benchmark.startMeasurement()
      blackHole(try codec.compress(text.span.bytes))
    } setup: {
      Array(SampleEvents.json(count: eventCount).joined(separator: [UInt8(ascii: "\n")]))
    }

    Benchmark("\(codec) decompress, event text") { (benchmark: Benchmark, input: CompressedPage) in
      benchmark.startMeasurement()
      blackHole(try codec.decompress(input.page.span.bytes, uncompressedSize: input.size))
    } setup: {
      let text = Array(SampleEvents.json(count: eventCount).joined(separator: [UInt8(ascii: "\n")]))
      return CompressedPage(page: try codec.compress(text.span.bytes), size: text.count)
    }
  }

  for (name, compression) in [("snappy", Compression.snappy), ("zstd", .zstd)] {
    Benchmark("Parquet write, 1,000,000 events, \(name)") {
      (benchmark: Benchmark, columns: [Column]) in
      benchmark.startMeasurement()
      blackHole(try await write(columns, compression))
    } setup: {
      let batch = try decodeAll(SampleEvents.json(count: eventCount))
      return try EventTable.columns(batch, rows: rowCount)
    }

    Benchmark("Parquet read, 1,000,000 events, \(name)") { (benchmark: Benchmark, bytes: [UInt8]) in
      benchmark.startMeasurement()
      let file = try await ParquetFile.open(BytesSource(bytes))
      for group in file.metadata.rowGroups.indices {
        blackHole(try await file.readRowGroup(group))
      }
    } setup: {
      let batch = try decodeAll(SampleEvents.json(count: eventCount))
      let columns = try EventTable.columns(batch, rows: rowCount)
      let bytes = try await write(columns, compression)
      try Data(bytes).write(to: directory.appendingPathComponent("million-\(name).parquet"))
      return bytes
    }
  }
}

/// A file of row groups of 131,072 rows.
private func write(_ columns: [Column], _ compression: Compression) async throws -> [UInt8] {
  var writer = try ParquetWriter(
    to: BytesSink(), schema: try EventTable.schema(.visitEvent),
    options: WriteOptions(compression: compression))
  for start in stride(from: 0, to: rowCount, by: 131_072) {
    try await writer.writeRowGroup(columns, rows: start..<min(start + 131_072, rowCount))
  }
  let sink = try await writer.finish()
  return sink.bytes
}
