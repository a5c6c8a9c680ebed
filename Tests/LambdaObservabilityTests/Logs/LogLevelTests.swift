import LambdaObservability
import Logging
import Testing

@Suite("Log levels")
struct LogLevelTests {
  @Test(
    "have the names that Lambda, Powertools and swift-log give them",
    arguments: [
      ("TRACE", Logger.Level.trace), ("debug", .debug), ("INFO", .info), ("notice", .notice),
      ("WARN", .warning), ("Warning", .warning), ("ERROR", .error), ("FATAL", .critical),
      ("CRITICAL", .critical),
    ])
  func names(_ name: String, _ level: Logger.Level) {
    #expect(Logger.Level(lambdaName: name) == level)
    #expect(Logger.Level(lambdaName: name + "x") == nil)
  }

  @Test("the function's logging configuration outdoes the level that was asked for, both ways")
  func precedence() {
    for (lambda, asked, expected) in [
      (nil, Logger.Level.debug, ["DEBUG", "INFO", "ERROR"]), (nil, .error, ["ERROR"]),
      ("INFO", .debug, ["INFO", "ERROR"]), ("DEBUG", .error, ["DEBUG", "INFO", "ERROR"]),
      ("loud", .info, ["INFO", "ERROR"]),
    ] as [(String?, Logger.Level, [String])] {
      let lines = Lines()
      var logger = LogLineTests.logger(
        lines, lambda.map { ["AWS_LAMBDA_LOG_LEVEL": $0] } ?? [:], level: .critical)
      logger.logLevel = asked
      logger.debug("")
      logger.info("")
      logger.error("")
      let levels = lines.all.map { (try? object($0)["level"] as? String) ?? "" }
      #expect(levels == expected, "\(lambda ?? "none"), \(asked)")
    }
  }
}
