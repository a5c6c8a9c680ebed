/// The query of a canonical request: every name and value percent-encoded, sorted by name, then by
/// value.
enum CanonicalQuery {
  /// Where an encoded parameter stands in the scratch bytes: its name, then its value.
  private struct Place {
    let start: Int
    let middle: Int
    let end: Int
  }

  /// Appends the canonical form of two lists of parameters.
  static func append(_ items: [QueryItem], _ more: [QueryItem], to bytes: inout [UInt8]) {
    if items.isEmpty && more.isEmpty { return }
    var encoded: [UInt8] = []
    encoded.reserveCapacity(512)
    var places: [Place] = []
    places.reserveCapacity(items.count + more.count)
    for item in items { places.append(encode(item, to: &encoded)) }
    for item in more { places.append(encode(item, to: &encoded)) }
    encoded.withUnsafeBufferPointer { encoded in
      places.sort { left, right in
        let names = order(
          encoded[left.start..<left.middle], encoded[right.start..<right.middle])
        if names != 0 { return names < 0 }
        return order(encoded[left.middle..<left.end], encoded[right.middle..<right.end]) < 0
      }
    }
    var isFirst = true
    for place in places {
      if !isFirst { bytes.append(UInt8(ascii: "&")) }
      isFirst = false
      bytes.append(contentsOf: encoded[place.start..<place.middle])
      bytes.append(UInt8(ascii: "="))
      bytes.append(contentsOf: encoded[place.middle..<place.end])
    }
  }

  private static func encode(_ item: QueryItem, to encoded: inout [UInt8]) -> Place {
    let start = encoded.count
    PercentEncoding.append(item.name, keepingSlashes: false, to: &encoded)
    let middle = encoded.count
    if let value = item.value {
      PercentEncoding.append(value, keepingSlashes: false, to: &encoded)
    }
    return Place(start: start, middle: middle, end: encoded.count)
  }

  /// Appends parameters as they go into a URL, in their own order, without a `?`.
  static func appendUnsorted(_ items: [QueryItem], to bytes: inout [UInt8]) {
    var isFirst = true
    for item in items {
      if !isFirst { bytes.append(UInt8(ascii: "&")) }
      isFirst = false
      PercentEncoding.append(item.name, keepingSlashes: false, to: &bytes)
      if let value = item.value {
        bytes.append(UInt8(ascii: "="))
        PercentEncoding.append(value, keepingSlashes: false, to: &bytes)
      }
    }
  }

  /// Below, at or above 0 as the first lies before, at or behind the second in the order of bytes.
  private static func order(
    _ left: Slice<UnsafeBufferPointer<UInt8>>, _ right: Slice<UnsafeBufferPointer<UInt8>>
  ) -> Int {
    for (byte, other) in zip(left, right) where byte != other { return byte < other ? -1 : 1 }
    return left.count - right.count
  }
}
