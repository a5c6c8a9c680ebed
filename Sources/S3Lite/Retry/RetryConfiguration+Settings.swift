extension RetryConfiguration {
  /// The rules as the user has set them: `AWS_RETRY_MODE` and `AWS_MAX_ATTEMPTS`, or `retry_mode` and
  /// `max_attempts` of the profile. `legacy`, which each SDK understands in its own way, is
  /// ``Mode/standard`` here.
  ///
  /// - Throws: ``CredentialError`` where a value is wrong.
  init(_ configuration: SharedConfiguration, host: AWSHost) throws(CredentialError) {
    self.init()
    switch configuration.setting("AWS_RETRY_MODE", "retry_mode", in: host)?.lowercased() {
    case nil, "standard", "legacy": mode = .standard
    case "adaptive": mode = .adaptive
    default:
      throw CredentialError(
        .invalidConfiguration,
        "The setting retry_mode (AWS_RETRY_MODE) is none of standard, adaptive and legacy.")
    }
    if let text = configuration.setting("AWS_MAX_ATTEMPTS", "max_attempts", in: host) {
      guard let number = Int(text), (1...1_000).contains(number) else {
        throw CredentialError(
          .invalidConfiguration,
          "The setting max_attempts (AWS_MAX_ATTEMPTS) is no number from 1 to 1000.")
      }
      maxAttempts = number
    }
  }
}
