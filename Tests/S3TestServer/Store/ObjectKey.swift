import Foundation

/// An object's key by its bytes: keys that Unicode holds for equal are different objects to S3, and
/// they are listed in the order of their bytes.
package struct ObjectKey: Hashable, Comparable, Sendable, ExpressibleByStringLiteral {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  package init(_ text: String) {
    bytes = Array(text.utf8)
  }

  package init(stringLiteral text: String) {
    self.init(text)
  }

  package var text: String { String(decoding: bytes, as: UTF8.self) }

  package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
    let common = min(left.bytes.count, right.bytes.count)
    let order = left.bytes.withUnsafeBytes { left in
      right.bytes.withUnsafeBytes { right in
        guard common > 0, let left = left.baseAddress, let right = right.baseAddress else {
          return Int32(0)
        }
        return memcmp(left, right, common)
      }
    }
    return order == 0 ? left.bytes.count < right.bytes.count : order < 0
  }
}
