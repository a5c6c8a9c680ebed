/// A request as a call of S3's API: what is called, on which bucket and key.
package struct S3Call: Sendable {
  package var operation: S3Operation
  package var bucket: String
  package var key: ObjectKey?

  /// Bucket and key from the host and the path, the operation from all of the request.
  ///
  /// - Parameter hosts: The names under which the server itself is reached; a host that ends in one
  ///   of them begins with a bucket's name.
  init(_ request: ServedRequest, hosts: [String]) {
    let host = (request.header("host") ?? "").split(separator: ":").first.map(String.init) ?? ""
    var path = PercentCode.bytes(of: request.rawPath).dropFirst()
    if let base = hosts.first(where: { host.hasSuffix("." + $0) }) {
      bucket = String(host.dropLast(base.count + 1))
    } else {
      let end = path.firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
      bucket = String(decoding: path[..<end], as: UTF8.self)
      path = path[end...].dropFirst()
    }
    key = path.isEmpty ? nil : ObjectKey(Array(path))

    let names = Set(request.query.map(\.name))
    let isCopy = request.header("x-amz-copy-source") != nil
    operation =
      switch (request.method, key == nil) {
      case ("PUT", true): .createBucket
      case ("HEAD", true): .headBucket
      case ("GET", true): request.parameter("list-type") == "2" ? .listObjectsV2 : .unknown
      case ("POST", true): names.contains("delete") ? .deleteObjects : .unknown
      case ("GET", false): .getObject
      case ("HEAD", false): .headObject
      case ("PUT", false) where names.contains("partNumber"): isCopy ? .uploadPartCopy : .uploadPart
      case ("PUT", false): isCopy ? .copyObject : .putObject
      case ("DELETE", false) where names.contains("uploadId"): .abortMultipartUpload
      case ("DELETE", false): .deleteObject
      case ("POST", false) where names.contains("uploads"): .createMultipartUpload
      case ("POST", false) where names.contains("uploadId"): .completeMultipartUpload
      default: .unknown
      }
    if !names.isDisjoint(with: ["acl", "tagging", "policy", "versions", "attributes"]) {
      operation = .unknown
    }
  }
}
