import Foundation

extension CallContext {
  /// ListObjectsV2: keys in the order of their UTF-8 bytes.
  func listObjectsV2(_ bucket: Bucket) throws(S3Failure) -> ServedAnswer {
    let parameters = try ListingParameters(request)
    let prefix = parameters.prefix.bytes
    var index = bucket.index(of: max(parameters.prefix, parameters.begin))
    if parameters.skipsBegin {
      while index < bucket.keys.count, bucket.keys[index].bytes.starts(with: parameters.begin.bytes)
      {
        index += 1
      }
    } else if index < bucket.keys.count, bucket.keys[index] == parameters.begin {
      index += 1
    }

    var items: [ListedItem] = []
    var isTruncated = false
    while index < bucket.keys.count, parameters.maxKeys > 0 {
      let key = bucket.keys[index]
      guard key.bytes.starts(with: prefix) else { break }
      if items.count == parameters.maxKeys {
        isTruncated = true
        break
      }
      if let common = parameters.commonPrefix(of: key) {
        items.append(.commonPrefix(common))
        while index < bucket.keys.count, bucket.keys[index].bytes.starts(with: common) {
          index += 1
        }
      } else {
        items.append(.object(key))
        index += 1
      }
    }
    return ServedAnswer(
      200, xml: document(items, isTruncated: isTruncated, parameters, bucket))
  }

  private func document(
    _ items: [ListedItem], isTruncated: Bool, _ parameters: ListingParameters, _ bucket: Bucket
  ) -> String {
    func shown(_ bytes: [UInt8]) -> String {
      parameters.encodes ? PercentCode.encodeForm(bytes) : String(decoding: bytes, as: UTF8.self)
    }
    var xml = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    xml += XMLText.elements([("Name", call.bucket), ("Prefix", shown(parameters.prefix.bytes))])
    if let token = parameters.token { xml += XMLText.element("ContinuationToken", token) }
    if let startAfter = parameters.startAfter {
      xml += XMLText.element("StartAfter", shown(startAfter.bytes))
    }
    if isTruncated, let last = items.last {
      xml += XMLText.element("NextContinuationToken", ListingParameters.token(after: last))
    }
    xml += XMLText.elements([
      ("KeyCount", String(items.count)), ("MaxKeys", String(parameters.maxKeys)),
    ])
    if let delimiter = parameters.delimiter {
      xml += XMLText.element("Delimiter", shown(delimiter))
    }
    if parameters.encodes { xml += XMLText.element("EncodingType", "url") }
    xml += XMLText.element("IsTruncated", isTruncated ? "true" : "false")
    for case .object(let key) in items {
      guard let object = bucket.objects[key] else { continue }
      xml +=
        "<Contents>"
        + XMLText.elements([
          ("Key", shown(key.bytes)), ("LastModified", TimeText.xml(object.lastModified)),
          ("ETag", object.eTag),
        ])
        + XMLText.elements(object.checksums.map { ("ChecksumAlgorithm", $0.key.rawValue) })
        + XMLText.elements([
          ("ChecksumType", object.checksumType), ("Size", String(object.body.count)),
          ("StorageClass", object.attributes.storageClass),
        ]) + restoreStatus(of: object) + "</Contents>"
    }
    for case .commonPrefix(let prefix) in items {
      xml += "<CommonPrefixes>" + XMLText.element("Prefix", shown(prefix)) + "</CommonPrefixes>"
    }
    return xml + "</ListBucketResult>"
  }

  /// What a listing says of an archived object, if it is asked.
  private func restoreStatus(of object: StoredObject) -> String {
    guard request.header("x-amz-optional-object-attributes") == "RestoreStatus",
      object.attributes.storageClass != "STANDARD"
    else { return "" }
    return "<RestoreStatus>" + XMLText.element("IsRestoreInProgress", "false")
      + (object.attributes.isRestored
        ? XMLText.element("RestoreExpiryDate", "2035-12-21T00:00:00.000Z") : "")
      + "</RestoreStatus>"
  }
}

/// An entry of a page.
enum ListedItem {
  case object(ObjectKey)
  case commonPrefix([UInt8])
}

/// What a request for a page says.
struct ListingParameters {
  var prefix: ObjectKey
  var delimiter: [UInt8]?
  var startAfter: ObjectKey?
  var token: String?
  var maxKeys: Int
  var encodes: Bool
  /// The page begins after this key, or after all keys that begin with it.
  var begin: ObjectKey = ""
  var skipsBegin = false

  init(_ request: ServedRequest) throws(S3Failure) {
    prefix = ObjectKey(request.parameter("prefix") ?? "")
    delimiter = request.parameter("delimiter").flatMap { $0.isEmpty ? nil : Array($0.utf8) }
    startAfter = request.parameter("start-after").map { ObjectKey($0) }
    token = request.parameter("continuation-token")
    let most = request.parameter("max-keys") ?? "1000"
    guard let number = Int32(most), number >= 0 else {
      throw .invalidArgument(
        "Argument maxKeys must be an integer between 0 and 2147483647", "max-keys", most)
    }
    maxKeys = min(Int(number), 1_000)
    let encoding = request.parameter("encoding-type")
    guard encoding == nil || encoding == "url" else {
      throw .invalidArgument(
        "Invalid Encoding Method specified in Request", "encoding-type", encoding ?? "")
    }
    encodes = encoding != nil
    if let token {
      guard let bytes = Data(base64Encoded: token), let kind = bytes.first else {
        throw .invalidArgument(
          "The continuation token provided is incorrect", "continuation-token", token)
      }
      begin = ObjectKey(Array(bytes.dropFirst()))
      skipsBegin = kind == UInt8(ascii: "p")
    } else if let startAfter {
      begin = startAfter
    }
  }

  /// What the key has in common with others, up to the delimiter behind the prefix.
  func commonPrefix(of key: ObjectKey) -> [UInt8]? {
    guard let delimiter, key.bytes.starts(with: prefix.bytes),
      key.bytes.count >= prefix.bytes.count + delimiter.count
    else { return nil }
    for start in prefix.bytes.count...(key.bytes.count - delimiter.count)
    where key.bytes[start...].starts(with: delimiter) {
      return Array(key.bytes[..<(start + delimiter.count)])
    }
    return nil
  }

  static func token(after item: ListedItem) -> String {
    switch item {
    case .object(let key): Data([UInt8(ascii: "k")] + key.bytes).base64EncodedString()
    case .commonPrefix(let prefix): Data([UInt8(ascii: "p")] + prefix).base64EncodedString()
    }
  }
}
