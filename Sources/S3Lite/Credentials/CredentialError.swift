/// Why there are no credentials, or no region.
///
/// The set of codes is open: a new one breaks nobody, so a `switch` over them needs a `default`. No
/// part of it holds a secret.
public struct CredentialError: Error, Sendable, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The stable, readable name of the kind, such as `not-found`.
    public let rawValue: String

    /// A code by its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// No place had any.
    public static let notFound = Code(rawValue: "not-found")
    /// A setting (a variable, a profile, a file) is wrong.
    public static let invalidConfiguration = Code(rawValue: "invalid-configuration")
    /// A setting asks for what is not supported here.
    public static let unsupported = Code(rawValue: "unsupported")
    /// A place that is set up gave none: an endpoint, a program, STS.
    public static let sourceFailed = Code(rawValue: "source-failed")
  }

  /// A place that was looked at in vain.
  public struct Attempt: Sendable, Hashable {
    /// The place, such as `environment` or `profile default`.
    public var place: String
    /// Why it had nothing: a sentence without the full stop.
    public var reason: String

    init(place: String, reason: String) {
      self.place = place
      self.reason = reason
    }
  }

  /// The kind of failure.
  public var code: Code
  /// What is wrong and what to do: one or two sentences.
  public var message: String
  /// The places that were looked at, in their order; the last one is to blame unless the code is
  /// ``Code/notFound``.
  public var attempts: [Attempt]

  init(_ code: Code, _ message: String, attempts: [Attempt] = []) {
    self.code = code
    self.message = message
    self.attempts = attempts
  }
}

extension CredentialError: CustomStringConvertible {
  /// The message, and each place with its reason.
  public var description: String {
    guard !attempts.isEmpty else { return message }
    let places = attempts.map { "\($0.place): \($0.reason)" }
    return "\(message) Looked at: \(places.joined(separator: "; "))."
  }
}
