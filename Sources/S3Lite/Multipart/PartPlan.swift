/// Into what parts an upload is cut.
///
/// Amazon S3 User Guide, "Amazon S3 multipart upload limits".
struct PartPlan: Sendable, Hashable {
  /// The smallest part, the last one excepted: 5 MiB.
  static let smallestPart = 5 << 20
  /// The largest part: 2 GiB. S3 takes 5 GiB, but a part is in one buffer, which has less than 4 GiB
  /// and must have room for what follows the part.
  static let largestPart = 2 << 30
  /// The largest object: 5 TiB.
  static let largestObject = 5 << 40
  /// How many parts there are at most.
  static let mostParts = 10_000

  /// How many bytes there are in all; nil where that is not known before.
  let length: Int?
  private let partSize: Int

  /// Parts for an object.
  ///
  /// - Parameters:
  ///   - length: How many bytes it has; nil where that is not known before.
  ///   - preferredPartSize: The size of parts, in bytes, where so many of them are enough.
  ///   - smallestPart: The size that the server wants at least.
  /// - Throws: ``S3Error/Code/invalidRequest`` where the object is too large.
  init(
    length: Int?, preferredPartSize: Int, smallestPart: Int = PartPlan.smallestPart
  ) throws(S3Error) {
    let preferred = min(max(preferredPartSize, smallestPart), PartPlan.largestPart)
    self.length = length
    guard let length else {
      partSize = preferred
      return
    }
    guard (0...PartPlan.largestObject).contains(length) else {
      throw S3Error(
        .invalidRequest, "An object has 5 TiB at most; \(length) bytes cannot be uploaded.")
    }
    let needed = (length + PartPlan.mostParts - 1) / PartPlan.mostParts
    // Rounded up to whole MiB, so that parts of large objects begin at round offsets.
    partSize = needed <= preferred ? preferred : ((needed + (1 << 20) - 1) >> 20) << 20
  }

  /// How many bytes a part has; the last one may have fewer.
  ///
  /// Without a known length parts double each thousand, so that 10,000 of them are enough for the
  /// largest object.
  func size(ofPart number: Int) -> Int {
    guard length == nil else { return partSize }
    let doublings = min(max(0, (number - 1) / 1_000), 9)
    return min(partSize << doublings, PartPlan.largestPart)
  }
}
