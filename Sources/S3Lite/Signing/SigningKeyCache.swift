import Synchronization

/// The last few signing keys. A key serves for a day, and deriving it costs more than a signature.
///
/// Thread safe; several signers may share one.
public final class SigningKeyCache: Sendable {
  private struct Entry {
    let credentials: AWSCredentials
    let day: Int64
    let region: String
    let service: String
    let key: SigningKey
  }

  /// How many keys are kept.
  let capacity: Int
  /// The most recently used one first.
  private let entries = Mutex<[Entry]>([])

  /// A cache that keeps a number of keys (at least one): one for each credential, region and service
  /// in use at the same time is enough.
  public init(capacity: Int = 16) {
    self.capacity = max(1, capacity)
  }

  /// How many keys are kept now.
  var count: Int {
    entries.withLock { $0.count }
  }

  /// The key for a credential, day, region and service, derived where it is not kept.
  func key(
    for credentials: AWSCredentials, time: SigningTime, region: String, service: String
  ) -> SigningKey {
    let day = time.day
    let kept = entries.withLock { entries -> SigningKey? in
      let index = entries.firstIndex { entry in
        entry.day == day && Self.isSame(entry.region, region)
          && Self.isSame(entry.service, service)
          && Self.isSame(entry.credentials.accessKeyID, credentials.accessKeyID)
          && Self.isSame(entry.credentials.secretAccessKey, credentials.secretAccessKey)
      }
      guard let index else { return nil }
      if index > 0 { entries.insert(entries.remove(at: index), at: 0) }
      return entries[0].key
    }
    if let kept { return kept }
    // Outside the lock: two threads may derive the same key, which harms nobody.
    let key = SigningKey(credentials, time: time, region: region, service: service)
    // The token is no part of the key, and need not be kept.
    let entry = Entry(
      credentials: AWSCredentials(
        accessKeyID: credentials.accessKeyID, secretAccessKey: credentials.secretAccessKey),
      day: day, region: region, service: service, key: key)
    entries.withLock { entries in
      entries.insert(entry, at: 0)
      if entries.count > capacity { entries.removeLast() }
    }
    return key
  }

  /// Whether texts have the same bytes, which is what a key is derived from. Those that Unicode holds
  /// for equal may still differ in them.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8)
  }
}
