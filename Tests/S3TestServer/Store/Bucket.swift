/// A bucket and what is in it.
package struct Bucket: Sendable {
  package var region: String
  /// The account that `x-amz-expected-bucket-owner` is held against.
  package var owner: String
  /// Whether requests without a signature are served.
  package var isPublic = false
  package var isRequesterPays = false
  package private(set) var objects: [ObjectKey: StoredObject] = [:]
  /// In the order in which they are listed.
  package private(set) var keys: [ObjectKey] = []
  package var uploads: [String: StoredUpload] = [:]
  /// Answers of completed uploads: S3 gives them again for a while.
  package var completed: [String: String] = [:]

  package init(region: String, owner: String) {
    self.region = region
    self.owner = owner
  }

  package mutating func put(_ object: StoredObject, at key: ObjectKey) {
    if objects.updateValue(object, forKey: key) == nil {
      keys.insert(key, at: index(of: key))
    }
  }

  package mutating func remove(_ key: ObjectKey) {
    if objects.removeValue(forKey: key) != nil {
      keys.remove(at: index(of: key))
    }
  }

  /// The index of the first key that is not before this one.
  package func index(of key: ObjectKey) -> Int {
    var (low, high) = (0, keys.count)
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
