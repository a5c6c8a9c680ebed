package import NIOHTTP1

/// A whole request as it came over the wire.
package struct ServedRequest: Sendable {
  package var method: String
  /// Path and query as they were sent.
  package var target: String
  package var headers: HTTPHeaders
  package var body: [UInt8]

  /// The path as it was sent, without the query.
  package var rawPath: String {
    String(target.prefix { $0 != "?" })
  }

  /// The query's parameters, decoded; nil where there is no `=`.
  package var query: [(name: String, value: String?)] {
    guard let mark = target.firstIndex(of: "?") else { return [] }
    return target[target.index(after: mark)...].split(separator: "&").map { item in
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (
        PercentCode.decode(String(parts[0])),
        parts.count > 1 ? PercentCode.decode(String(parts[1])) : nil
      )
    }
  }

  /// The first value of a parameter; empty where it stands without one.
  package func parameter(_ name: String) -> String? {
    query.first { $0.name == name }.map { $0.value ?? "" }
  }

  /// The first value of a header.
  package func header(_ name: String) -> String? {
    headers.first(name: name)
  }
}
