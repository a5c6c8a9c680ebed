import LambdaObservability
import Testing

@Suite("The trace header")
struct TraceHeaderTests {
  @Test(
    "is read as X-Ray's documentation writes it",
    arguments: [
      (
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        UInt64(0x5399_5c3f_42cd_8ad8), true, nil
      ),
      ("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0", nil, false, nil),
      ("Root=1-5759e988-bd862e3fe1be46a994272793", nil, nil, nil),
      ("Sampled=?; Root=1-5759E988-BD862E3FE1BE46A994272793", nil, nil, nil),
      (
        "Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793;"
          + "Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2;x=y",
        0x5399_5c3f_42cd_8ad8, true, "a87bd80c:1|68fd508a:5|c512fbe3:2"
      ),
      ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53;Sampled=11", nil, nil, nil),
    ] as [(String, UInt64?, Bool?, String?)])
  func reads(_ text: String, _ parent: UInt64?, _ isSampled: Bool?, _ lineage: String?) throws {
    let header = try #require(XRayTraceHeader(text))
    #expect(header.root.description == "1-5759e988-bd862e3fe1be46a994272793")
    #expect(header.root.seconds == 0x5759_e988)
    #expect(header.parent == parent)
    #expect(header.isSampled == isSampled)
    #expect(header.lineage == lineage)
    #expect(XRayTraceHeader(header.description) == header)
  }

  @Test(
    "names no trace where it is broken",
    arguments: [
      "", ";", "Root", "Root=", "Root=2-5759e988-bd862e3fe1be46a994272793",
      "Root=1-5759e988-bd862e3fe1be46a99427279", "Root=1-5759e98-bd862e3fe1be46a9942727931",
      "Root=1-5759e988-bd862e3fe1be46a99427279g", "Root=1-5759e988_bd862e3fe1be46a994272793",
      "Root=1-5759e988-bd862e3fe1be46a994272793\r\nX: y",
      "root=1-5759e988-bd862e3fe1be46a994272793",
      "Root=1-５759e988-bd862e3fe1be46a994272793",
      "Root=1-5759e988-bd862e3fe1be46a994272793;" + String(repeating: "x", count: 1_024),
    ])
  func refuses(_ text: String) {
    #expect(XRayTraceHeader(text) == nil)
  }

  @Test("sends on nothing that is no lineage")
  func lineage() throws {
    let header = try #require(
      XRayTraceHeader("Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a\r\nX-Evil: 1"))
    #expect(header.description == "Root=1-5759e988-bd862e3fe1be46a994272793")
  }

  @Test(
    "the daemon's address is read in both forms",
    arguments: [
      ("127.0.0.1:2000", "127.0.0.1", 2_000), ("169.254.79.129:2000", "169.254.79.129", 2_000),
      ("tcp:127.0.0.1:2000 udp:127.0.0.2:2001", "127.0.0.2", 2_001),
      ("udp:127.0.0.2:2001 tcp:127.0.0.1:2000", "127.0.0.2", 2_001),
      ("[::1]:2000", "::1", 2_000), ("daemon.local:1", "daemon.local", 1),
    ] as [(String, String, UInt16)])
  func address(_ text: String, _ host: String, _ port: UInt16) {
    #expect(XRayDaemonAddress(text) == XRayDaemonAddress(host: host, port: port))
  }

  @Test(
    "there is no tracer without an address that can be sent to",
    arguments: [
      "", "127.0.0.1", ":2000", "127.0.0.1:0", "127.0.0.1:70000", "tcp:127.0.0.1:2000", "a b",
    ])
  func noAddress(_ text: String) {
    let environment = LambdaEnvironment(["AWS_XRAY_DAEMON_ADDRESS": text])
    #expect(XRayTracer(environment: environment) == nil)
  }
}
