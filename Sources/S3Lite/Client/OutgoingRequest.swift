internal import NIOCore
internal import NIOHTTP1

/// A request as it goes over the wire.
struct OutgoingRequest: Sendable {
  /// The whole URL.
  var url: String
  /// All header fields.
  var headers: HTTPHeaders
}

extension S3RequestBody {
  /// The bytes, where they are in memory.
  var buffer: ByteBuffer? {
    if case .bytes(let buffer, _) = self { buffer } else { nil }
  }
}

extension S3Client {
  /// Addresses and signs a request.
  func sign(_ exchange: inout Exchange) throws -> OutgoingRequest {
    let request = exchange.request
    let route = try routes.route(to: request.bucket)
    exchange.region = route.signer.region
    let origin = exchange.redirect?.origin ?? route.origin
    let path: String
    if let redirect = exchange.redirect {
      // Its query is the request's own.
      path = String(redirect.target.prefix { $0 != "?" })
    } else if let key = request.key {
      path = ObjectPath.encode(prefix: route.pathPrefix, key: key)
    } else {
      path = route.pathPrefix.isEmpty ? "/" : route.pathPrefix
    }

    var headers: [HTTPHeader] = []
    headers.reserveCapacity(request.headers.count + 8)
    headers.append(HTTPHeader("Host", exchange.redirect?.authority ?? route.authority))
    headers.append(contentsOf: request.headers)
    let payload = payload(
      of: &exchange, usesTLS: exchange.redirect.map { $0.scheme == "https" } ?? route.usesTLS)
    if let credentials = exchange.credentials {
      guard let time = SigningTime(secondsSinceEpoch: exchange.attempts.signingSeconds) else {
        throw S3Error(
          .invalidRequest, "The clock says neither year 1 to 9999; no request can be signed.")
      }
      let signed = try route.signer.sign(
        SigningRequest(
          method: request.method.rawValue, path: path, query: request.query, headers: headers,
          payload: payload), with: credentials, at: time)
      headers.append(contentsOf: signed.headers)
    }
    var fields: [(String, String)] = []
    fields.reserveCapacity(headers.count + 2)
    for header in headers { fields.append((header.name, header.value)) }
    fields.append(("User-Agent", "S3Lite"))
    return OutgoingRequest(
      url: URLText.join(origin: origin, path: path, query: request.query),
      headers: HTTPHeaders(fields))
  }

  /// What is signed of the body.
  private func payload(of exchange: inout Exchange, usesTLS: Bool) -> PayloadHash {
    switch exchange.request.body {
    case .none: return .empty
    case .bytes(let buffer, let checksum):
      // TLS protects the bytes on their way, the checksum at their end.
      if usesTLS, checksum != nil { return .unsigned }
      if let known = exchange.payload { return known }
      let payload = PayloadHash.sha256(of: buffer.readableBytesUInt8Span.bytes)
      exchange.payload = payload
      return payload
    }
  }
}

/// The paths of objects.
enum ObjectPath {
  /// The prefix, a slash and the key, percent-encoded.
  static func encode(prefix: String, key: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(prefix.utf8.count + key.utf8.count + 16)
    bytes.append(contentsOf: prefix.utf8)
    bytes.append(UInt8(ascii: "/"))
    PercentEncoding.append(key, keepingSlashes: true, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// URLs as text.
enum URLText {
  /// A URL of its parts; the query is percent-encoded here.
  static func join(origin: String, path: String, query: [QueryItem]) -> String {
    if query.isEmpty { return origin + path }
    var bytes: [UInt8] = []
    bytes.append(contentsOf: origin.utf8)
    bytes.append(contentsOf: path.utf8)
    bytes.append(UInt8(ascii: "?"))
    CanonicalQuery.appendUnsorted(query, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
