internal import Tracing

/// What a span's attributes say, in the places that a subsegment has for it.
///
/// The names are those of OpenTelemetry's semantic conventions for HTTP and for AWS SDK clients, and
/// those that async-http-client writes.
struct SubsegmentFacts {
  /// The name of the service that was called, else the span's.
  var name: String
  /// `aws` for calls of AWS's services, `remote` for others.
  var namespace: String?
  /// A client's error: 4xx.
  var isError = false
  /// Too many requests: 429.
  var isThrottle = false
  /// Anything else that failed.
  var isFault = false
  var aws: [(String, SpanAttribute)] = []
  var request: [(String, SpanAttribute)] = []
  var response: [(String, SpanAttribute)] = []
  var annotations: [(String, SpanAttribute)] = []
  var metadata: [(String, SpanAttribute)] = []
  var events: [SpanEvent]

  /// Attributes of calls to AWS, and the members of `aws` that they are.
  private static let awsNames: [String: String] = [
    "rpc.method": "operation", "cloud.region": "region", "aws.request_id": "request_id",
    "aws.extended_request_id": "id_2", "aws.s3.bucket": "bucket_name", "aws.s3.key": "key",
    "aws.s3.prefix": "prefix", "http.request.resend_count": "retries",
  ]
  private static let annotationPrefix = "annotation."

  init(_ subsegment: Subsegment) {
    name = subsegment.name
    events = subsegment.events
    let attributes = subsegment.attributes
    let isAWS = attributes.get("rpc.system") == .string("aws-api")
    var status: Int64?
    for (key, value) in SubsegmentFacts.sorted(attributes) {
      if isAWS, let member = SubsegmentFacts.awsNames[key] {
        aws.append((member, value))
        continue
      }
      switch key {
      case "rpc.system" where isAWS: break
      case "rpc.service" where isAWS: if case .string(let service) = value { name = service }
      case "http.request.method": request.append(("method", value))
      case "user_agent.original": request.append(("user_agent", value))
      case "url.full": request.append(("url", SubsegmentFacts.withoutQuery(value)))
      case "http.response.status_code", "http.status_code":
        response.append(("status", value))
        status = SubsegmentFacts.integer(value)
      case "http.response.body.size": response.append(("content_length", value))
      // The URL says the same, and a query may hold a signature.
      case "url.scheme", "url.path", "url.query", "server.port": break
      case "server.address":
        if !isAWS, subsegment.isClient, case .string(let host) = value { name = host }
      default: keep(key, value)
      }
    }
    namespace = isAWS ? "aws" : subsegment.isClient && !request.isEmpty ? "remote" : nil
    if let status, status >= 400 {
      isFault = status >= 500
      isError = status < 500
      isThrottle = status == 429
    } else {
      // Without an answer, or with a good one that could not be used; 304 and the like are no failure.
      isFault = subsegment.hasFailed && (status ?? 200) < 300
    }
  }

  private mutating func keep(_ key: String, _ value: SpanAttribute) {
    let prefix = SubsegmentFacts.annotationPrefix
    guard key.hasPrefix(prefix), SubsegmentFacts.isScalar(value) else {
      // Reserved.
      metadata.append((key.hasPrefix("AWS.") ? "_\(key)" : key, value))
      return
    }
    // Letters, digits and underscores are what X-Ray can be searched for.
    let name = key.dropFirst(prefix.count).unicodeScalars.map { scalar in
      let isTaken =
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      return isTaken ? Character(scalar) : "_"
    }
    annotations.append((String(name), value))
  }

  /// The attributes in the order of their names.
  static func sorted(_ attributes: SpanAttributes) -> [(String, SpanAttribute)] {
    var all: [(String, SpanAttribute)] = []
    attributes.forEach { all.append(($0, $1)) }
    return all.sorted { $0.0 < $1.0 }
  }

  private static func isScalar(_ value: SpanAttribute) -> Bool {
    switch value {
    case .int32, .int64, .double, .bool, .string, .stringConvertible: true
    default: false
    }
  }

  private static func integer(_ value: SpanAttribute) -> Int64? {
    switch value {
    case .int32(let number): Int64(number)
    case .int64(let number): number
    default: nil
    }
  }

  private static func withoutQuery(_ value: SpanAttribute) -> SpanAttribute {
    guard case .string(let url) = value else { return value }
    return .string(String(url.prefix { $0 != "?" && $0 != "#" }))
  }
}
