/// The headers and parameters whose values must not be shown: with them somebody else could act in
/// our name, or read what is encrypted.
enum SensitiveNames {
  private static let names: Set<String> = [
    "authorization", "cookie", "proxy-authorization", "set-cookie",
    "x-amz-security-token", "x-amz-signature", "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key",
  ]

  /// What to show of a value.
  static func shown(_ value: String, of name: String) -> String {
    names.contains(name.lowercased()) ? "(hidden)" : value
  }
}

extension HTTPHeader: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Name and value; tokens, signatures and keys are hidden.
  public var description: String { "\(name): \(SensitiveNames.shown(value, of: name))" }

  /// The same as ``description``.
  public var debugDescription: String { description }

  /// Shows what ``description`` shows.
  public var customMirror: Mirror {
    Mirror(self, children: ["name": name, "value": SensitiveNames.shown(value, of: name)])
  }
}

extension QueryItem: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Name and value; tokens and signatures are hidden.
  public var description: String {
    guard let value else { return name }
    return "\(name)=\(SensitiveNames.shown(value, of: name))"
  }

  /// The same as ``description``.
  public var debugDescription: String { description }

  /// Shows what ``description`` shows.
  public var customMirror: Mirror {
    let shown = value.map { SensitiveNames.shown($0, of: name) }
    return Mirror(self, children: ["name": name, "value": shown as Any])
  }
}
