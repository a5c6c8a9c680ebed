internal import Logging

/// Log events as lines of JSON with Powertools' keys.
enum JSONLogLine {
  /// The bytes of a line, a little less than an event of CloudWatch Logs may have (256 KiB with 26
  /// bytes of its own).
  static let mostBytes = 256_000
  /// The bytes of one text before it is escaped, which makes up to six of one.
  private static let mostTextBytes = 32_000
  /// How deep metadata may lie in metadata.
  private static let mostLevels = 16
  /// The keys that metadata must not write a second time.
  private static let ownKeys: Set<String> = [
    "level", "location", "message", "timestamp", "service", "cold_start", "function_name",
    "function_memory_size", "function_arn", "function_request_id", "xray_trace_id", "exception",
    "exception_name", "log_truncated",
  ]

  static func make(
    _ event: LogEvent, _ metadata: Logger.Metadata, _ context: LogContext
  ) -> [UInt8] {
    var json = JSONBytes()
    var isCut = false
    json.append(raw: "{\"level\":\"")
    json.append(raw: event.level.powertoolsName)
    json.append(raw: "\",")
    // As Powertools does: the function and the line.
    json.append(raw: "\"location\":\"")
    json.append(escaped: event.function, limit: 1_024)
    json.append(raw: ":")
    json.append(event.line)
    json.append(raw: "\",\"message\":")
    append(event.message.description, to: &json, &isCut)
    json.append(raw: ",\"timestamp\":\"")
    let hasLambdaFilter = context.environment.logLevel != nil
    context.now().write(as: hasLambdaFilter ? .rfc3339 : .powertools, to: &json)
    json.append(raw: "\",\"service\":")
    append(context.service, to: &json, &isCut)
    let invocation = LambdaInvocation.current
    if let invocation {
      json.append(raw: ",\"cold_start\":")
      json.append(invocation.isColdStart)
    }
    if let name = context.environment.functionName {
      json.append(raw: ",\"function_name\":")
      append(name, to: &json, &isCut)
    }
    if let size = context.environment.memorySize {
      json.append(raw: ",\"function_memory_size\":")
      json.append(size)
    }
    if let invocation {
      json.append(raw: ",\"function_arn\":")
      append(invocation.functionARN, to: &json, &isCut)
      json.append(raw: ",\"function_request_id\":")
      append(invocation.requestID, to: &json, &isCut)
    }
    if let trace = context.trace {
      json.append(raw: ",\"xray_trace_id\":\"")
      trace.traceID.write(to: &json)
      json.append(raw: "\"")
    }
    if let error = event.error {
      json.append(raw: ",\"exception\":")
      append("\(error)", to: &json, &isCut)
      json.append(raw: ",\"exception_name\":")
      append("\(type(of: error))", to: &json, &isCut)
    }
    for (key, value) in metadata {
      let end = json.bytes.count
      json.append(key: ownKeys.contains(key) ? "metadata.\(key)" : key)
      append(value, level: 1, to: &json, &isCut)
      if json.bytes.count > mostBytes - 64 {
        json.bytes.removeSubrange(end...)
        isCut = true
      }
    }
    if isCut { json.append(raw: ",\"log_truncated\":true") }
    json.append(raw: "}\n")
    return json.bytes
  }

  private static func append(_ text: String, to json: inout JSONBytes, _ isCut: inout Bool) {
    // Escaped, a byte may take six: what is left of the line bounds it as well.
    let room = max(64, (mostBytes - 4_096 - json.bytes.count) / 6)
    let limit = min(mostTextBytes, room)
    if text.utf8.count > limit { isCut = true }
    json.append(string: text, limit: limit)
  }

  private static func append(
    _ value: Logger.MetadataValue, level: Int, to json: inout JSONBytes, _ isCut: inout Bool
  ) {
    switch value {
    case .string(let text): append(text, to: &json, &isCut)
    case .stringConvertible(let value):
      switch value {
      case let number as Int: json.append(number)
      case let number as Int64: json.append(number)
      case let number as UInt64: json.append(number)
      case let number as UInt: json.append(number)
      case let number as Int32: json.append(number)
      case let number as UInt32: json.append(number)
      case let number as Double: json.append(number)
      case let flag as Bool: json.append(flag)
      default: append(value.description, to: &json, &isCut)
      }
    case .dictionary(let members):
      guard level < mostLevels else { return append("…", to: &json, &isCut) }
      json.append(raw: "{")
      for (key, value) in members where json.bytes.count <= mostBytes {
        json.append(key: key)
        append(value, level: level + 1, to: &json, &isCut)
      }
      json.append(raw: "}")
    case .array(let elements):
      guard level < mostLevels else { return append("…", to: &json, &isCut) }
      json.append(raw: "[")
      for (index, element) in elements.enumerated() where json.bytes.count <= mostBytes {
        if index > 0 { json.append(raw: ",") }
        append(element, level: level + 1, to: &json, &isCut)
      }
      json.append(raw: "]")
    }
  }
}
