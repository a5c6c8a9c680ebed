/// The rules that every key of an ``ObjectStore`` keeps.
enum ObjectKey {
  /// The most bytes of a key, as in S3.
  static let maximumLength = 1024

  /// Checks that a key names something inside the root of a store, whatever the store is.
  ///
  /// - Throws: ``ObjectStoreError`` with `.invalidKey` for a key that is empty, absolute or too
  ///   long, that has an empty, `.` or `..` segment, or that holds a NUL.
  static func check(_ key: String) throws {
    func refuse(_ reason: String) -> ObjectStoreError {
      ObjectStoreError(.invalidKey, key: key, "\"\(key)\" cannot be a key: \(reason).")
    }
    guard !key.isEmpty else { throw refuse("it is empty") }
    guard key.utf8.count <= maximumLength else {
      throw refuse("it has more than \(maximumLength) bytes")
    }
    guard !key.utf8.contains(0) else { throw refuse("it holds a NUL") }
    guard key.utf8.first != UInt8(ascii: "/") else {
      throw refuse("it begins with \"/\", and keys are relative to the root")
    }
    for segment in key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard !segment.isEmpty else { throw refuse("a segment of it is empty") }
      let isDots = segment.count <= 2 && segment.allSatisfy { $0 == UInt8(ascii: ".") }
      guard !isDots else { throw refuse("\".\" and \"..\" cannot be segments") }
    }
  }

  /// The part of a key after the last `/`.
  static func lastSegment(_ key: String) -> Substring {
    guard let slash = key.utf8.lastIndex(of: UInt8(ascii: "/")) else { return key[...] }
    return key[key.utf8.index(after: slash)...]
  }

  /// The part of a key up to and with the last `/`; empty where there is none.
  static func directory(_ key: String) -> Substring {
    guard let slash = key.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return key[...slash]
  }

  /// Whether a key precedes another one in the order of their UTF-8 bytes, which is that of S3.
  static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}
