/// A header field of HTTP.
public struct HTTPHeader: Sendable, Hashable {
  /// The field's name; case does not matter.
  public var name: String
  /// The field's value.
  public var value: String

  /// A header field.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A parameter of a URL's query, not percent-encoded.
public struct QueryItem: Sendable, Hashable {
  /// The parameter's name.
  public var name: String
  /// The parameter's value; nil leaves out the `=` in the URL (`?uploads`), which is signed like an
  /// empty value.
  public var value: String?

  /// A parameter, not percent-encoded.
  public init(_ name: String, _ value: String? = nil) {
    self.name = name
    self.value = value
  }
}

/// What of an HTTP request goes into its signature.
public struct SigningRequest: Sendable, Hashable {
  /// The method, in upper case, such as `GET`.
  public var method: String
  /// The path as it is sent: for an object, what ``PercentEncoding/encode(path:)`` makes of `/` and
  /// its key. An empty path is `/`.
  public var path: String
  /// The query's parameters, in any order.
  public var query: [QueryItem]
  /// The header fields, in any order; `Host` must be among them. Fields that proxies or clients may
  /// change (see ``SigV4Signer``) are passed over, the signer's own ones are replaced.
  public var headers: [HTTPHeader]
  /// What is signed of the body.
  public var payload: PayloadHash

  /// A request to be signed.
  public init(
    method: String, path: String, query: [QueryItem] = [], headers: [HTTPHeader],
    payload: PayloadHash
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.payload = payload
  }
}
