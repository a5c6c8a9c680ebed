/// Metrics as documents of CloudWatch's embedded metric format, one on each line.
///
/// CloudWatch User Guide, "Specification: Embedded metric format": at most 100 metrics in a document,
/// 100 values in an array, 30 dimensions in a set, and the size of a log event.
enum EMFDocument {
  /// How many metrics a document holds.
  static let mostMetrics = 100
  /// The bytes of a document, less than an event of CloudWatch Logs may have (256 KiB).
  static let mostBytes = 256_000
  /// What the head of a document and its end may take: 30 dimensions, each of up to 255 bytes twice
  /// or thrice and 1,024 once, escaped.
  private static let mostMetricBytes = 150_000

  /// The documents of these values, each with its line feed.
  static func make(
    _ values: [MetricSeries.Values], namespace: String, publishesRollUp: Bool, time: WallTime,
    requestID: String?
  ) -> [[UInt8]] {
    var documents: [[UInt8]] = []
    for (dimensions, metrics) in grouped(values) {
      var document: [Metric] = []
      var size = 0
      for metric in metrics {
        let bytes = metric.byteBound
        if document.count == mostMetrics || size + bytes > mostMetricBytes, !document.isEmpty {
          documents.append(
            write(document, dimensions, namespace, publishesRollUp, time, requestID))
          document = []
          size = 0
        }
        document.append(metric)
        size += bytes
      }
      documents.append(write(document, dimensions, namespace, publishesRollUp, time, requestID))
    }
    return documents
  }

  /// A metric of a document.
  private struct Metric {
    var name: String
    var unit: MetricUnit
    var values: [Double]

    /// More bytes than it takes: the name twice, escaped, and the values.
    var byteBound: Int { 64 + name.utf8.count * 4 + values.count * 26 }
  }

  /// Metrics with the same dimensions, in the order in which they came. A document has one member
  /// for a name: what is named like a dimension or in two units goes into documents of its own.
  private static func grouped(
    _ values: [MetricSeries.Values]
  ) -> [(dimensions: MetricDimensions, metrics: [Metric])] {
    var groups: [(dimensions: MetricDimensions, metrics: [Metric])] = []
    var positions: [MetricDimensions: [Int]] = [:]
    for value in merged(values) {
      let dimensions = value.identity.dimensions
      var name = value.identity.name
      while name == "_aws" || name == requestIDKey
        || dimensions.all.contains(where: { $0.name == name })
      {
        name += "_"
      }
      for start in stride(from: 0, to: value.values.count, by: MetricSeries.mostValues) {
        let end = min(start + MetricSeries.mostValues, value.values.count)
        let metric = Metric(name: name, unit: value.unit, values: Array(value.values[start..<end]))
        let home = positions[dimensions]?.first { position in
          !groups[position].metrics.contains { $0.name == name }
        }
        if let home {
          groups[home].metrics.append(metric)
        } else {
          positions[dimensions, default: []].append(groups.count)
          groups.append((dimensions, [metric]))
        }
      }
    }
    return groups
  }

  /// Series of the same identity as one: a metric may have been made several times.
  private static func merged(_ values: [MetricSeries.Values]) -> [MetricSeries.Values] {
    var merged: [MetricSeries.Values] = []
    var positions: [MetricSeries.Identity: Int] = [:]
    for value in values {
      guard let position = positions[value.identity], merged[position].unit == value.unit else {
        positions[value.identity] = merged.count
        merged.append(value)
        continue
      }
      switch value.identity.kind {
      case .sum: merged[position].values[0] += value.values[0]
      case .last: merged[position].values = value.values
      case .distribution: merged[position].values += value.values
      }
    }
    return merged
  }

  /// The member that joins a document to the log lines of its invocation, as Powertools names it.
  private static let requestIDKey = "function_request_id"

  private static func write(
    _ metrics: [Metric], _ dimensions: MetricDimensions, _ namespace: String,
    _ publishesRollUp: Bool, _ time: WallTime, _ requestID: String?
  ) -> [UInt8] {
    var json = JSONBytes()
    json.append(raw: "{\"_aws\":{\"Timestamp\":")
    json.append(time.milliseconds)
    json.append(raw: ",\"CloudWatchMetrics\":[{\"Namespace\":")
    json.append(string: namespace)
    json.append(raw: ",\"Dimensions\":[")
    append(dimensions.all[...], to: &json)
    if publishesRollUp, dimensions.defaultCount < dimensions.all.count {
      json.append(raw: ",")
      append(dimensions.all.prefix(dimensions.defaultCount), to: &json)
    }
    json.append(raw: "],\"Metrics\":[")
    for (index, metric) in metrics.enumerated() {
      if index > 0 { json.append(raw: ",") }
      json.append(raw: "{\"Name\":")
      json.append(string: metric.name)
      json.append(raw: ",\"Unit\":")
      json.append(string: metric.unit.rawValue)
      json.append(raw: "}")
    }
    json.append(raw: "]}]}")
    for dimension in dimensions.all {
      json.append(key: dimension.name)
      json.append(string: dimension.value)
    }
    if let requestID, !dimensions.all.contains(where: { $0.name == requestIDKey }) {
      json.append(key: requestIDKey)
      json.append(string: requestID, limit: 256)
    }
    for metric in metrics {
      json.append(key: metric.name)
      if metric.values.count == 1 {
        json.append(metric.values[0])
      } else {
        json.append(raw: "[")
        for (index, value) in metric.values.enumerated() {
          if index > 0 { json.append(raw: ",") }
          json.append(value)
        }
        json.append(raw: "]")
      }
    }
    json.append(raw: "}\n")
    return json.bytes
  }

  private static func append(
    _ dimensions: ArraySlice<MetricDimensions.Dimension>, to json: inout JSONBytes
  ) {
    json.append(raw: "[")
    var isFirst = true
    for dimension in dimensions {
      if !isFirst { json.append(raw: ",") }
      json.append(string: dimension.name)
      isFirst = false
    }
    json.append(raw: "]")
  }
}
