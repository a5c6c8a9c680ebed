import CheckpointCore

/// How the pieces of a new version become the parts of a multipart upload.
///
/// Every part but the last has at least 5 MiB (Amazon S3 User Guide, "Amazon S3 multipart upload
/// limits"). What is kept of the old version is copied within S3 where it is long enough for that;
/// what is too short to be a part of its own is downloaded and uploaded together with its
/// neighbours. Ranges are copied only out of an object of more than 5 MiB (Amazon S3 API Reference,
/// "UploadPartCopy"), which the ranges themselves must show.
struct ReplacementPlan: Sendable, Hashable {
  /// A part, in the order of the new version.
  enum Part: Sendable, Hashable {
    /// Bytes of the old version, copied within S3.
    case copied(Range<Int>)
    /// Pieces that are brought together here and uploaded.
    case uploaded([ObjectPiece])
  }

  /// The bounds that S3 sets.
  struct Limits: Sendable, Hashable {
    /// The fewest bytes of a part that is not the last one.
    var minimumPartSize = 5 << 20
    /// The most bytes of a copied part.
    var maximumCopySize = 5 << 30
    /// An uploaded part is closed when it has so many bytes, to bound what is in memory.
    var uploadPartSize = 16 << 20
  }

  /// The parts.
  private(set) var parts: [Part] = []
  /// The bytes of the new version.
  private(set) var size = 0

  private let limits: Limits
  /// Whether the old version is known to be long enough for ranges of it to be copied.
  private let mayCopy: Bool
  private var pending: [ObjectPiece] = []
  private var pendingSize = 0

  /// Plans the parts.
  init(_ pieces: [ObjectPiece], limits: Limits = Limits()) {
    self.limits = limits
    let pieces = ReplacementPlan.joined(pieces)
    mayCopy = pieces.contains { piece in
      if case .range(let range) = piece { range.upperBound > limits.minimumPartSize } else { false }
    }
    for (index, piece) in pieces.enumerated() {
      size += piece.count
      switch piece {
      case .bytes(let bytes): upload(bytes)
      case .range(let range): keep(range, isLast: index == pieces.count - 1)
      }
    }
    flush()
  }

  /// Whether nothing would be copied within S3: a plain conditional write does as well.
  var copiesNothing: Bool {
    parts.allSatisfy { part in
      if case .copied = part { false } else { true }
    }
  }

  private mutating func upload(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = min(rest.count, limits.uploadPartSize - pendingSize)
      add(.bytes(Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
    }
  }

  private mutating func keep(_ range: Range<Int>, isLast: Bool) {
    guard mayCopy else { return download(range) }
    var range = range
    if pendingSize > 0, pendingSize < limits.minimumPartSize {
      // What waits is too short for a part: the range lends it its beginning.
      let lent = min(limits.minimumPartSize - pendingSize, range.count)
      let rest = range.count - lent
      guard rest >= limits.minimumPartSize || (isLast && rest > 0) else {
        download(range)
        return
      }
      download(range.prefix(lent))
      range = range.dropFirst(lent)
    }
    guard range.count >= limits.minimumPartSize || (isLast && !parts.isEmpty) else {
      download(range)
      return
    }
    flush()
    copy(range)
  }

  private mutating func copy(_ range: Range<Int>) {
    var rest = range
    while !rest.isEmpty {
      var count = min(rest.count, limits.maximumCopySize)
      // What is left after it must be long enough, too.
      let left = rest.count - count
      if left > 0, left < limits.minimumPartSize { count -= limits.minimumPartSize - left }
      parts.append(.copied(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
  }

  /// Lets a range of the old version go through here, no more at a time than fits into a part.
  private mutating func download(_ range: Range<Int>) {
    var rest = range
    while !rest.isEmpty {
      let count = min(rest.count, limits.uploadPartSize - pendingSize)
      add(.range(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
  }

  private mutating func add(_ piece: ObjectPiece) {
    pending.append(piece)
    pendingSize += piece.count
    if pendingSize >= limits.uploadPartSize { flush() }
  }

  private mutating func flush() {
    guard pendingSize > 0 else { return }
    parts.append(.uploaded(pending))
    pending = []
    pendingSize = 0
  }

  /// The pieces without empty ones, ranges that continue each other as one.
  private static func joined(_ pieces: [ObjectPiece]) -> [ObjectPiece] {
    var joined: [ObjectPiece] = []
    for piece in pieces where piece.count > 0 {
      if case .range(let range) = piece, case .range(let last) = joined.last,
        last.upperBound == range.lowerBound
      {
        joined[joined.count - 1] = .range(last.lowerBound..<range.upperBound)
      } else {
        joined.append(piece)
      }
    }
    return joined
  }
}
