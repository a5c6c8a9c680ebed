/// A signature in the `Authorization` header, with all that led to it.
public struct SignedRequest: Sendable {
  /// The headers to send with the request, in place of those of the same name: `X-Amz-Date`,
  /// `Authorization` and, as the case may be, `X-Amz-Security-Token` and `x-amz-content-sha256`.
  public let headers: [HTTPHeader]
  /// What was hashed.
  public let canonicalRequest: CanonicalRequest
  /// What was signed.
  public let stringToSign: StringToSign
  /// 64 lower-case hexadecimal digits.
  public let signature: String
}

extension SignedRequest: CustomStringConvertible, CustomReflectable {
  /// Nothing that would let somebody send the request.
  public var description: String { "signed request, \(canonicalRequest)" }

  /// Shows what ``description`` shows.
  public var customMirror: Mirror {
    Mirror(self, children: ["canonicalRequest": canonicalRequest])
  }
}

/// A signature in the query of a URL, with all that led to it. Whoever has the URL can use it until
/// it expires.
public struct PresignedRequest: Sendable {
  /// The path and the whole query, as they go into the request line.
  public let target: String
  /// The part of the query that the signature adds to the request's own: from `X-Amz-Algorithm` to
  /// `X-Amz-Signature`, percent-encoded.
  public let addedQuery: String
  /// The value of the `Host` header.
  public let host: String
  /// What was hashed.
  public let canonicalRequest: CanonicalRequest
  /// What was signed.
  public let stringToSign: StringToSign
  /// 64 lower-case hexadecimal digits.
  public let signature: String

  /// The URL, to be fetched with the method and the headers that were signed.
  public func url(scheme: String = "https") -> String {
    "\(scheme)://\(host)\(target)"
  }
}

extension PresignedRequest: CustomStringConvertible, CustomReflectable {
  /// Nothing that would let somebody use the URL.
  public var description: String { "presigned request to \(host), \(canonicalRequest)" }

  /// Shows what ``description`` shows.
  public var customMirror: Mirror {
    Mirror(self, children: ["host": host, "canonicalRequest": canonicalRequest])
  }
}
