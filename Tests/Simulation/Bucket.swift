import Crypto

/// A bucket as S3 has them, as far as one request at a time sees it: keys in the order of their
/// bytes, times of a resolution of one second, conditional writes, storage classes. Only the thread of
/// its simulation touches it.
package final class Bucket: @unchecked Sendable {
  /// What ETags are.
  package enum Tagging: CaseIterable {
    /// MD5 of the content: the same content has the same tag.
    case byContent
    /// Something else for every write, as with encryption by KMS.
    case byWrite
  }

  package struct Object {
    package var bytes: [UInt8]
    package var lastModified: Int64
    package var eTag: String
    /// What it holds, for objects that uploaders made.
    package var content: Content?
    package var storageClass: String?
    /// An archived object of which there is a readable copy for a while.
    package var isRestored = false
    /// Whether it was in an archive at any time, be it restored now or not.
    package var wasArchived = false
    /// Reading fails before this moment.
    package var unreadableUntil: Int64 = 0

    /// Whether it must be restored before it can be read.
    package var isArchived: Bool { storageClass == "GLACIER" && !isRestored }
  }

  package let identity: String
  package private(set) var objects: [String: Object] = [:]
  /// How many times an object was written or removed.
  package private(set) var changes = 0
  /// Conditional writes that are under way, by key.
  var writing: [String: Int] = [:]
  private let tagging: Tagging

  init(identity: String, tagging: Tagging) {
    self.identity = identity
    self.tagging = tagging
  }

  package var keys: [String] { objects.keys.sorted() }

  /// Writes, whatever is there.
  @discardableResult
  func write(_ key: String, _ bytes: [UInt8], at time: Int64, content: Content? = nil) -> Object {
    let tag = nextTag(bytes)
    changes += 1
    let second: Int64 = 1_000_000
    let object = Object(
      bytes: bytes, lastModified: time / second * second, eTag: tag, content: content)
    objects[key] = object
    return object
  }

  /// The ETag of what is written next.
  func nextTag(_ bytes: [UInt8]) -> String {
    let hash = Insecure.MD5.hash(data: bytes).map { Bucket.hexadecimal($0) }.joined()
    return tagging == .byWrite ? "\(hash)-\(changes + 1)" : hash
  }

  /// Puts back an object just as it was.
  func restore(_ key: String, _ object: Object) {
    changes += 1
    objects[key] = object
  }

  func remove(_ key: String) {
    if objects.removeValue(forKey: key) != nil { changes += 1 }
  }

  /// Changes what is known of an object, not its content.
  func alter(_ key: String, _ change: (inout Object) -> Void) {
    guard var object = objects[key] else { return }
    change(&object)
    objects[key] = object
  }

  /// Some keys with a prefix, after one of them.
  func page(prefix: String, after last: String?, size: Int) -> (keys: [String], isLast: Bool) {
    let keys = objects.keys.filter { $0.hasPrefix(prefix) && $0 > (last ?? "") }.sorted()
    return (Array(keys.prefix(size)), keys.count <= size)
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.utf8.count == 1 ? "0" + digits : digits
  }
}
