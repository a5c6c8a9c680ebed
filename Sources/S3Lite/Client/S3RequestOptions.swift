/// What every call can be told.
public struct S3RequestOptions: Sendable, Hashable {
  /// The account that must own the bucket, of 12 digits; S3 refuses the request where another one
  /// does. For a copy, the owner of the bucket that is written to.
  public var expectedBucketOwner: String?
  /// Whether the requester pays, as buckets with "requester pays" demand.
  public var requesterPays: Bool
  /// When the call ends with ``S3Error/Code/deadlineExceeded``, whatever it is doing then: waiting,
  /// sending, receiving, or about to try again.
  public var deadline: ContinuousClock.Instant?

  /// No expectations, no payment, no deadline, unless said otherwise.
  public init(
    expectedBucketOwner: String? = nil, requesterPays: Bool = false,
    deadline: ContinuousClock.Instant? = nil
  ) {
    self.expectedBucketOwner = expectedBucketOwner
    self.requesterPays = requesterPays
    self.deadline = deadline
  }
}
