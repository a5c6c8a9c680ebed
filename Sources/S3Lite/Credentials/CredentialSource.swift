/// Credentials, and until when they are good.
struct ExpiringCredentials: Sendable, Hashable {
  /// The credentials.
  var credentials: AWSCredentials
  /// In microseconds since 1970-01-01T00:00:00Z; nil where they do not expire.
  var expiration: Int64?
}

/// What a place holds.
enum Lookup<Value: Sendable>: Sendable {
  /// It has it.
  case found(Value)
  /// It is not set up, or not there; the reason is a sentence without the full stop. The next place
  /// may have it.
  case absent(reason: String)
}

extension Lookup: Equatable where Value: Equatable {}

/// A place of the chain.
protocol CredentialSource: Sendable {
  /// The place, for errors, such as `environment`.
  var place: String { get }

  /// What the place holds now.
  ///
  /// - Throws: ``CredentialError`` where it is set up but fails: then another place would be another
  ///   identity than the one that was meant. `CancellationError` once the task is cancelled.
  func lookUp() async throws -> Lookup<ExpiringCredentials>
}
