/// How a client finds S3, and how it behaves.
public struct S3Configuration: Sendable, Hashable {
  /// The region of the buckets, such as `eu-central-1`. Where a bucket turns out to be in another
  /// one, the client corrects that from S3's answer and remembers it.
  public var region: String
  /// Which endpoints are used.
  public var endpoint: S3EndpointSettings
  /// How often, and how soon, a request that failed is sent again.
  public var retry: RetryConfiguration
  /// How long to wait for S3.
  public var timeouts: S3Timeouts
  /// The checksum that is sent with every upload.
  public var uploadChecksum: S3UploadChecksum
  /// Whether S3 is asked for checksums, and that of a whole download verified where S3 gives one.
  /// For objects encrypted with KMS, asking needs the permission `kms:Decrypt` even for a HEAD.
  public var verifiesDownloads: Bool
  /// How many requests are in flight, and how many bytes of their answers are in memory.
  public var concurrency: S3ConcurrencyLimits

  /// A configuration for a region, with defaults for all else.
  public init(
    region: String, endpoint: S3EndpointSettings = S3EndpointSettings(),
    retry: RetryConfiguration = RetryConfiguration(), timeouts: S3Timeouts = S3Timeouts(),
    uploadChecksum: S3UploadChecksum = .crc64nvme, verifiesDownloads: Bool = true,
    concurrency: S3ConcurrencyLimits = S3ConcurrencyLimits()
  ) {
    self.region = region
    self.endpoint = endpoint
    self.retry = retry
    self.timeouts = timeouts
    self.uploadChecksum = uploadChecksum
    self.verifiesDownloads = verifiesDownloads
    self.concurrency = concurrency
  }
}

/// How long a client waits for S3 in one attempt.
public struct S3Timeouts: Sendable, Hashable {
  /// For a connection, TLS included.
  public var connect: Duration
  /// From the request's last byte to the answer's first, and for a request with a body the time that
  /// the body takes at 64 KiB a second.
  public var firstByte: Duration
  /// Between two pieces of the answer's body, as long as somebody wants the next one.
  public var idle: Duration

  /// Timeouts. S3 may take minutes to complete a large multipart upload, but it begins to answer at
  /// once.
  public init(
    connect: Duration = .seconds(3), firstByte: Duration = .seconds(30),
    idle: Duration = .seconds(20)
  ) {
    self.connect = connect
    self.firstByte = firstByte
    self.idle = idle
  }
}

/// The checksum that S3 verifies an upload with, and keeps with the object.
///
/// Amazon S3 User Guide, "Checking object integrity".
public enum S3UploadChecksum: Sendable, Hashable {
  /// CRC-64/NVME; the only one here that S3 can combine from the parts of a multipart upload, so that
  /// it is one of the whole object.
  case crc64nvme
  /// CRC-32C.
  case crc32c
  /// None, for servers that know none. Where the body is in memory, its SHA-256 is signed instead.
  case none
}

/// The bounds of what a client does at the same time.
public struct S3ConcurrencyLimits: Sendable, Hashable {
  /// How many requests are in flight at least, however S3 complains.
  public var minimum: Int
  /// How many are in flight in the beginning.
  public var initial: Int
  /// How many are in flight at most; each has a connection of its own.
  public var maximum: Int
  /// How many bytes of bodies are on their way to memory at most. A single larger body is received
  /// alone.
  public var bytesInFlight: Int

  /// Limits, each raised to at least 1 and to the one before it.
  public init(
    minimum: Int = 4, initial: Int = 64, maximum: Int = 384, bytesInFlight: Int = 256 << 20
  ) {
    self.minimum = max(1, minimum)
    self.maximum = max(self.minimum, maximum)
    self.initial = min(max(self.minimum, initial), self.maximum)
    self.bytesInFlight = max(1, bytesInFlight)
  }
}
