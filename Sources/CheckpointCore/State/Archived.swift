public import EventLogModel

extension CheckpointState {
  /// The objects that were not merged because they lay in an archive storage class.
  ///
  /// They hold back no mark of a state, since an archive can be older than everything and stay for
  /// ever; the marks of files, which know of no archive, they do. An object that is restored for good gets a new LastModified, and so is new; one that is restored
  /// for a time is known again by what is kept here.
  public struct Archived: Sendable, Hashable {
    /// 64-bit hashes of key and LastModified; those beyond the bound are only counted.
    public var versions: Set<UInt64> = []
    /// How many there are.
    public var count = 0
    /// No such object was modified before this instant; nil where there is none.
    public var from: Timestamp?
    /// No such object was modified after this instant; nil where there is none.
    public var until: Timestamp?

    /// The most entries of ``versions``.
    public static let maximumVersions = 100_000

    /// None.
    public init() {}

    /// Whether there are more than ``versions`` holds.
    var isCut: Bool { count > versions.count }

    /// Counts an object.
    mutating func add(_ object: ObjectMetadata) {
      count += 1
      from = min(from ?? object.lastModified, object.lastModified)
      until = max(until ?? object.lastModified, object.lastModified)
      if versions.count < Archived.maximumVersions {
        versions.insert(Archived.version(object))
      }
    }

    /// Whether an object is one of these: for sure where all are in ``versions``; beyond that bound
    /// one that has to do with an archive now and is old enough.
    func mayHold(_ object: ObjectMetadata) -> Bool {
      guard let until, object.lastModified <= until else { return false }
      if versions.contains(Archived.version(object)) { return true }
      return isCut && (object.isArchived || object.isRestored)
    }

    private static func version(_ object: ObjectMetadata) -> UInt64 {
      // A listing need not give the ETag of what is old.
      ContentHash.version(
        key: object.key, eTag: ETag(rawValue: ""), lastModified: object.lastModified)
    }

    /// Those of two states.
    mutating func merge(_ other: Archived) {
      let isCut = isCut || other.isCut
      for version in other.versions where versions.count < Archived.maximumVersions {
        versions.insert(version)
      }
      count = isCut ? max(count, other.count, versions.count + 1) : versions.count
      if let theirs = other.from { from = min(from ?? theirs, theirs) }
      if let theirs = other.until { until = max(until ?? theirs, theirs) }
    }
  }
}

extension CheckpointState.Archived: Codable {
  private enum CodingKeys: CodingKey {
    case count
    case from
    case until
    case versions
  }

  /// Writes the versions as one text of hexadecimal digits.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(count, forKey: .count)
    try container.encodeIfPresent(from, forKey: .from)
    try container.encodeIfPresent(until, forKey: .until)
    try container.encode(HexList.text(of: versions.sorted()), forKey: .versions)
  }

  /// Reads what ``encode(to:)`` writes.
  ///
  /// - Throws: `DecodingError` for anything else.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    count = try container.decode(Int.self, forKey: .count)
    from = try container.decodeIfPresent(Timestamp.self, forKey: .from)
    until = try container.decodeIfPresent(Timestamp.self, forKey: .until)
    let text = try container.decode(String.self, forKey: .versions)
    guard let numbers = HexList.numbers(in: text), numbers.count <= count,
      numbers.count <= Self.maximumVersions
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .versions, in: container,
        debugDescription: "It does not hold up to \(count) versions of 16 hexadecimal digits.")
    }
    versions = Set(numbers)
  }
}
