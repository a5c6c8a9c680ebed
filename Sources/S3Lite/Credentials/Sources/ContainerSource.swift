/// The endpoint that ECS and EKS Pod Identity give a container.
///
/// AWS SDKs and Tools Reference Guide, "Container credential provider".
struct ContainerSource: CredentialSource {
  /// Where ECS has its endpoint, and where EKS has.
  private static let addresses = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"]
  private static let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
  private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
  private static let tokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"

  let host: AWSHost

  var place: String { "container endpoint" }

  func lookUp() async throws -> Lookup<ExpiringCredentials> {
    guard let url = try endpoint() else {
      return .absent(
        reason: "\(ContainerSource.relative) and \(ContainerSource.full) are not set")
    }
    var headers = [HTTPHeader("Accept", "application/json")]
    if let token = try authorizationToken() { headers.append(HTTPHeader("Authorization", token)) }
    let answer: HTTPExchangeAnswer
    do {
      answer = try await host.exchange(
        HTTPExchangeRequest(method: "GET", url: url.text, headers: headers, timeout: .seconds(2)),
        attempts: 3)
    } catch let error as HTTPExchangeError {
      throw CredentialError(.sourceFailed, "The \(place) at \(url.origin) failed: \(error)")
    }
    guard answer.status == 200 else {
      throw CredentialError(
        .sourceFailed, "The \(place) at \(url.origin) answered with HTTP \(answer.status).")
    }
    return .found(
      try CredentialDocument.credentials(
        in: answer.body, .endpoint, from: "The \(place) at \(url.origin)"))
  }

  private func endpoint() throws(CredentialError) -> EndpointURL? {
    if let target = host.variable(ContainerSource.relative) {
      // Without the slash the value could make the address part of another host's name.
      guard target.hasPrefix("/"), let url = EndpointURL("http://169.254.170.2\(target)") else {
        throw CredentialError(
          .invalidConfiguration,
          "\(ContainerSource.relative) is no path that begins with / and holds only what a URL may."
        )
      }
      return url
    }
    guard let text = host.variable(ContainerSource.full) else { return nil }
    guard let url = EndpointURL(text) else {
      throw CredentialError(
        .invalidConfiguration, "\(ContainerSource.full) is no URL with http or https.")
    }
    // Otherwise whoever sets the variable could have the token sent anywhere in the clear.
    guard
      url.scheme == "https" || url.isLoopback
        || ContainerSource.addresses.contains(where: url.isAddress)
    else {
      throw CredentialError(
        .invalidConfiguration,
        "\(ContainerSource.full) names the host \(url.host), which is not allowed with http: only"
          + " loopback addresses and \(ContainerSource.addresses.joined(separator: ", ")) are. Use"
          + " https.")
    }
    return url
  }

  /// The token; the file is read each time, as it changes.
  private func authorizationToken() throws(CredentialError) -> String? {
    let token: String
    if let path = host.variable(ContainerSource.tokenFile) {
      token = try host.token(inFile: path, namedBy: ContainerSource.tokenFile)
    } else if let value = host.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
      token = value
    } else {
      return nil
    }
    guard token.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw CredentialError(
        .invalidConfiguration,
        "The container's authorization token holds a line break or another control character.")
    }
    return token
  }
}

extension AWSHost {
  /// The text of a file that holds a token, without the line break at its end.
  func token(inFile path: String, namedBy setting: String) throws(CredentialError) -> String {
    let bytes: [UInt8]?
    do {
      bytes = try readFile(expanded(path), 64 << 10)
    } catch let error as LocalFileError {
      throw CredentialError(.invalidConfiguration, "\(setting): \(error)")
    } catch {
      throw CredentialError(.invalidConfiguration, "\(setting): \(path) cannot be read.")
    }
    guard let bytes else {
      throw CredentialError(.invalidConfiguration, "\(setting): \(path) is not there.")
    }
    guard var token = String(validating: bytes, as: UTF8.self) else {
      throw CredentialError(.invalidConfiguration, "\(setting): \(path) is not UTF-8.")
    }
    while let last = token.utf8.last, last == 0x0A || last == 0x0D {
      token.unicodeScalars.removeLast()
    }
    guard !token.isEmpty else {
      throw CredentialError(.invalidConfiguration, "\(setting): \(path) is empty.")
    }
    return token
  }
}
