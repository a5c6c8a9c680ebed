internal import Instrumentation
public import Logging

extension Logger.MetadataProvider {
  /// The subsegment that a log line was written in, as `xray_segment_id`; the trace is on every line
  /// as `xray_trace_id`.
  public static let xRay = Logger.MetadataProvider {
    guard let segment = ServiceContext.current?.xRay?.parent else { return [:] }
    var digits = JSONBytes(capacity: 16)
    digits.append(hexadecimal: segment, digits: 16)
    return ["xray_segment_id": .string(String(decoding: digits.bytes, as: UTF8.self))]
  }
}
