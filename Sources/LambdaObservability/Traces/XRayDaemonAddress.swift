/// Where X-Ray's daemon receives segment documents by UDP.
///
/// X-Ray Developer Guide, "Configuring the daemon address": `127.0.0.1:2000`, or
/// `tcp:127.0.0.1:2000 udp:127.0.0.2:2001` where the protocols have addresses of their own.
public struct XRayDaemonAddress: Sendable, Hashable {
  /// A name or an address.
  public var host: String
  /// The port.
  public var port: UInt16

  /// An address.
  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads the value of `AWS_XRAY_DAEMON_ADDRESS`; nil where it names no address for UDP.
  public init?(_ text: String) {
    var address: Substring?
    let parts = text.split(separator: " ")
    for part in parts {
      if part.hasPrefix("udp:") {
        address = part.dropFirst(4)
      } else if !part.hasPrefix("tcp:"), parts.count == 1 {
        address = part
      }
    }
    guard let address, let colon = address.lastIndex(of: ":"),
      let port = UInt16(address[address.index(after: colon)...]), port > 0
    else { return nil }
    var host = address[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else { return nil }
    self.init(host: String(host), port: port)
  }
}
