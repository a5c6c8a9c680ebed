import LambdaObservability
import Synchronization

/// Lines that were written.
final class Lines: Sendable {
  private let written = Mutex<[[UInt8]]>([])

  var all: [[UInt8]] { written.withLock { $0 } }

  var output: LineOutput {
    LineOutput { line in self.written.withLock { $0.append(line) } }
  }
}

/// 2021-05-03T10:20:19.650123Z.
func testTime() -> WallTime { WallTime(microseconds: 1_620_037_219_650_123) }

let testTraceHeader =
  "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1|68fd508a:5"

/// An invocation, the first one unless it says otherwise.
func testInvocation(traceHeader: String? = testTraceHeader, isColdStart: Bool = true)
  -> LambdaInvocation
{
  LambdaInvocation(
    requestID: "52fdfc07-2182-154f-163f-5f0f9a621d72",
    functionARN: "arn:aws:lambda:eu-west-1:123456789012:function:checkpoint",
    traceHeader: traceHeader, isColdStart: isColdStart)
}
