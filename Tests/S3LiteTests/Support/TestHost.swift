import Synchronization

@testable import S3Lite

/// A machine that exists only in a test.
struct TestHost {
  var environment: [String: String] = [:]
  var files: [String: String] = [:]
  var http: any HTTPExchange = ScriptedHTTP { _ in
    throw HTTPExchangeError(.connectionFailed, "There is no network here.")
  }
  var programs: @Sendable (CredentialProgram) async throws -> [UInt8] = { program in
    throw CredentialError(.sourceFailed, "There is no program \(program.name).")
  }
  var time = ManualTime()

  var host: AWSHost {
    let files = files
    return AWSHost(
      environment: environment,
      readFile: { path, _ in files[path].map { Array($0.utf8) } },
      run: programs, http: http, time: time.source, random: { 0 })
  }
}

/// A network that answers as a test says.
final class ScriptedHTTP: HTTPExchange {
  private let answer: @Sendable (HTTPExchangeRequest) async throws -> HTTPExchangeAnswer
  private let sent = Mutex<[HTTPExchangeRequest]>([])

  init(_ answer: @escaping @Sendable (HTTPExchangeRequest) async throws -> HTTPExchangeAnswer) {
    self.answer = answer
  }

  var requests: [HTTPExchangeRequest] { sent.withLock { $0 } }

  func send(_ request: HTTPExchangeRequest) async throws -> HTTPExchangeAnswer {
    sent.withLock { $0.append(request) }
    return try await answer(request)
  }
}

extension HTTPExchangeAnswer {
  init(_ status: Int, _ body: String, headers: [HTTPHeader] = []) {
    self.init(status: status, headers: headers, body: Array(body.utf8))
  }
}

extension HTTPExchangeRequest {
  func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  var form: String { String(decoding: body, as: UTF8.self) }
}
