/// Always the same credentials.
public struct StaticCredentialProvider: AWSCredentialProvider, Hashable {
  private let fixed: AWSCredentials

  /// A provider of credentials that are known already.
  public init(_ credentials: AWSCredentials) {
    fixed = credentials
  }

  /// The credentials.
  public func credentials() async throws -> AWSCredentials { fixed }
}
