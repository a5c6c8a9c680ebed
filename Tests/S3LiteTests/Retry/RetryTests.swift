import TestSupport
import Testing

@testable import S3Lite

@Suite("Retries")
struct RetryTests {
  private func controller(
    _ configuration: RetryConfiguration = RetryConfiguration(), time: ManualTime = ManualTime(),
    random: Double = 0.5
  ) -> RetryController {
    RetryController(configuration, time: time.source, random: { random })
  }

  /// Sends a request until it succeeds or is given up.
  private func run(
    _ failures: [AttemptFailure], _ controller: RetryController
  ) async throws -> (decisions: [RetryDecision], attempts: RequestAttempts) {
    var attempts = RequestAttempts()
    var decisions: [RetryDecision] = []
    for failure in failures {
      try await controller.willAttempt(&attempts)
      let decision = controller.didFail(failure, &attempts)
      decisions.append(decision)
      guard case .retry = decision else { return (decisions, attempts) }
    }
    try await controller.willAttempt(&attempts)
    controller.didSucceed(attempts)
    return (decisions, attempts)
  }

  @Test("The waits double up to the longest, and are a random part of it")
  func backoff() {
    let longest = Duration.seconds(20)
    for (retries, seconds) in [(0, 1.0), (1, 2), (2, 4), (3, 8), (4, 16), (5, 20), (60, 20)] {
      for random in [0, 0.25, 0.999] {
        let delay = Backoff.delay(afterRetries: retries, random: random, longest: longest)
        #expect(abs(delay / .seconds(1) - seconds * random) < 1e-9)
      }
    }
  }

  @Test("Three attempts are made, and what the retries took comes back with a success")
  func standard() async throws {
    let controller = controller(random: 0.999_999)
    let failure = AttemptFailure(.service(.transient))
    let (failed, _) = try await run([failure, failure, failure], controller)
    #expect(failed.last == .giveUp(.attemptsExhausted))
    #expect(failed.count == 3)
    // AWS's own table of cases: 500 - 5 - 5.
    #expect(controller.budgetAvailable == 490)
    let (succeeded, attempts) = try await run([failure], controller)
    #expect(attempts.count == 2)
    #expect(succeeded.count == 1)
    #expect(controller.budgetAvailable == 490)
    _ = try await run([], controller)
    #expect(controller.budgetAvailable == 491)
  }

  @Test("A timeout costs twice as much")
  func timeoutCost() async throws {
    let controller = controller()
    let failures = [AttemptFailure(.timeout), AttemptFailure(.connection)]
    _ = try await run(failures, controller)
    // Only what the last retry took comes back.
    #expect(controller.budgetAvailable == 490)
  }

  @Test("Without a budget nothing is sent again")
  func budget() async throws {
    let controller = controller(RetryConfiguration(maxAttempts: 1_000))
    let failures = Array(repeating: AttemptFailure(.service(.transient)), count: 200)
    let (decisions, _) = try await run(failures, controller)
    #expect(decisions.count == 101)
    #expect(decisions.last == .giveUp(.budgetExhausted))
  }

  @Test(
    "What would fail again is not sent again",
    arguments: [S3Error.Retryability.never, .afterCorrectingClock])
  func notRetryable(kind: S3Error.Retryability) async throws {
    // A clock cannot be corrected by an answer that does not say what time it is.
    let (decisions, _) = try await run([AttemptFailure(.service(kind))], controller())
    #expect(decisions == [.giveUp(.notRetryable)])
  }

  @Test(
    "Credentials and region are corrected once, at once, even where nothing else is retried",
    arguments: [S3Error.Retryability.withFreshCredentials, .inAnotherRegion])
  func corrections(kind: S3Error.Retryability) async throws {
    let controller = controller(RetryConfiguration(mode: .off))
    let failure = AttemptFailure(.service(kind))
    let (decisions, _) = try await run([failure, failure], controller)
    #expect(decisions == [.retry(after: .zero), .giveUp(.notRetryable)])
    #expect(controller.budgetAvailable == RetryBudget.capacity)
    let (transient, _) = try await run([AttemptFailure(.service(.transient))], controller)
    #expect(transient == [.giveUp(.attemptsExhausted)])
  }

  @Test("A longer wait that S3 asks for counts, up to a bound")
  func retryAfter() async throws {
    let configuration = RetryConfiguration(maxRetryAfter: .seconds(30))
    for (asked, expected) in [(nil, 0.5), (Duration.seconds(7), 7), (.seconds(9_999), 30)] {
      let failure = AttemptFailure(.service(.throttling), retryAfter: asked)
      let (decisions, _) = try await run([failure], controller(configuration))
      #expect(decisions == [.retry(after: .seconds(expected))])
    }
  }

  @Test("Retry-After is read in seconds, milliseconds and as a date")
  func retryAfterHeader() throws {
    let now = try #require(HTTPDate.microseconds(parsing: "Sun, 06 Nov 1994 08:49:37 GMT"))
    #expect(now == 784_111_777_000_000)  // RFC 9110's example, by `date -u +%s`.
    let cases: [([String: String], Duration?)] = [
      (["retry-after": "120"], .seconds(120)),
      (["x-amz-retry-after": "1500"], .milliseconds(1_500)),
      (["retry-after": "Sun, 06 Nov 1994 08:50:07 GMT"], .seconds(30)),
      (["retry-after": "Sun, 06 Nov 1994 08:00:00 GMT"], .zero), (["retry-after": "-1"], nil),
      (["retry-after": "99999999999999999999"], nil), (["retry-after": "soon"], nil), ([:], nil),
    ]
    for (headers, delay) in cases {
      #expect(RetryAfter.delay(now: now) { headers[$0] } == delay)
    }
  }

  @Test("A clock that is off is corrected from S3's answer, and stays so")
  func clock() async throws {
    let time = ManualTime(seconds: 1_700_000_000)
    let controller = controller(time: time)
    let serverDate = time.now + 3_600_000_000
    let failure = AttemptFailure(.service(.afterCorrectingClock), serverDate: serverDate)
    let (decisions, attempts) = try await run([failure], controller)
    #expect(decisions == [.retry(after: .zero)])
    #expect(attempts.signingSeconds == 1_700_003_600)
    let (_, later) = try await run([], controller)
    #expect(later.signingSeconds == 1_700_003_600)
    // Refused again with the right time: the clock was not the reason.
    let (again, _) = try await run([failure], controller)
    #expect(again == [.giveUp(.notRetryable)])
  }

  @Test("A request that was signed before another one corrected the clock is corrected, too")
  func clockOfTwo() async throws {
    let time = ManualTime()
    let controller = controller(time: time)
    let failure = AttemptFailure(
      .service(.afterCorrectingClock), serverDate: time.now - 7_200_000_000)
    var first = RequestAttempts()
    var second = RequestAttempts()
    try await controller.willAttempt(&first)
    try await controller.willAttempt(&second)
    #expect(controller.didFail(failure, &first) == .retry(after: .zero))
    #expect(controller.didFail(failure, &second) == .retry(after: .zero))
  }

  @Test("Absurd dates of a server change nothing", arguments: [Int64.max, .min, 0])
  func absurdDates(date: Int64) {
    var offset = ClockOffset()
    let isCorrected = offset.correct(serverDate: date, localTime: 1_700_000_000_000_000, used: 0)
    // 1970 is a date like any other.
    #expect(isCorrected == (date == 0))
    _ = offset.corrected(.max)
  }

  @Test("Settings come from the environment before the profile")
  func settings() throws {
    func configuration(_ environment: [String: String], _ properties: String) throws
      -> RetryConfiguration
    {
      let host = TestHost(
        environment: environment.merging(["HOME": "/h"]) { $1 },
        files: ["/h/.aws/config": "[default]\n\(properties)"]
      ).host
      return try RetryConfiguration(SharedConfiguration(host), host: host)
    }
    #expect(try configuration([:], "") == RetryConfiguration())
    let profile = try configuration([:], "retry_mode = adaptive\nmax_attempts = 7")
    #expect(profile == RetryConfiguration(mode: .adaptive, maxAttempts: 7))
    let both = try configuration(
      ["AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "2"], "retry_mode = adaptive")
    #expect(both == RetryConfiguration(mode: .standard, maxAttempts: 2))
    for (name, value) in [("AWS_RETRY_MODE", "often"), ("AWS_MAX_ATTEMPTS", "0")] {
      #expect(throws: CredentialError.self) { try configuration([name: value], "") }
    }
  }
}
