/// Where credentials come from.
///
/// A provider is asked before each request, so it answers from memory whenever it can.
public protocol AWSCredentialProvider: Sendable {
  /// Credentials that are valid now.
  ///
  /// - Throws: What kept the provider from having any; ``CredentialError`` from the ones here.
  func credentials() async throws -> AWSCredentials

  /// Takes note that AWS has refused these credentials as expired: they are not to be given out
  /// again. Credentials that the provider has replaced in the meantime are not affected.
  func invalidate(_ rejected: AWSCredentials) async
}

extension AWSCredentialProvider {
  /// Does nothing: what is not kept need not be forgotten.
  public func invalidate(_ rejected: AWSCredentials) async {}
}
