import Foundation
import LambdaRuntime
import LambdaRuntimeServer
import Logging
import ServiceLifecycle
import Synchronization
import Testing

/// What the loop has logged.
final class LogRecord: Sendable {
  private let entries = Mutex<[(level: Logger.Level, text: String)]>([])

  var texts: [String] { entries.withLock { $0.map(\.text) } }
  var errors: [String] { entries.withLock { $0.filter { $0.level >= .error }.map(\.text) } }

  var logger: Logger { Logger(label: "test") { _ in Handler(record: self) } }

  /// Waits until something that contains a text has been logged.
  func wait(for text: String) async throws {
    while !texts.contains(where: { $0.contains(text) }) {
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  private struct Handler: LogHandler {
    let record: LogRecord
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      record.entries.withLock { $0.append((event.level, "\(event.message)")) }
    }
  }
}

/// A function under test: the loop beside a Runtime API server, until `body` ends.
struct TestFunction {
  var configuration = LambdaRuntime.Configuration()
  var serverConfiguration = LambdaRuntimeServer.Configuration()
  var log = LogRecord()
  var handler: @Sendable ([UInt8], LambdaContext) async throws -> [UInt8] = { event, _ in event }

  init(_ handler: (@Sendable ([UInt8], LambdaContext) async throws -> [UInt8])? = nil) {
    if let handler { self.handler = handler }
    configuration.pause = .milliseconds(1)
  }

  /// Runs the loop beside `body`, and shuts it down gracefully afterwards.
  ///
  /// - Parameter faults: What goes wrong with the first calls.
  /// - Throws: What the loop or `body` throws.
  func run<Result: Sendable>(
    faults: [(RuntimeAPIFault, RuntimeAPICall.Kind, Int)] = [],
    _ body: @escaping @Sendable (LambdaRuntimeServer) async throws -> Result
  ) async throws -> Result {
    try await LambdaRuntimeServer.run(serverConfiguration) { server in
      for (fault, kind, times) in faults { server.inject(fault, on: kind, times: times) }
      let group = ServiceGroup(
        services: [try runtime(server)], logger: LogRecord().logger)
      return try await withThrowingTaskGroup(of: Result?.self) { tasks in
        tasks.addTask {
          try await group.run()
          return nil
        }
        tasks.addTask {
          let result = try await body(server)
          await group.triggerGracefulShutdown()
          return result
        }
        var result: Result?
        for try await value in tasks {
          if let value { result = value }
        }
        return try #require(result)
      }
    }
  }

  /// Runs the loop until it ends by itself, beside `body`, which is cancelled then.
  func failure(
    _ body: @escaping @Sendable (LambdaRuntimeServer) async -> Void
  ) async throws -> (any Error)? {
    try await LambdaRuntimeServer.run(serverConfiguration) { server in
      let runtime = try runtime(server)
      return await withTaskGroup(of: Void.self) { tasks in
        tasks.addTask { await body(server) }
        defer { tasks.cancelAll() }
        do {
          try await runtime.run()
          return nil
        } catch {
          return error
        }
      }
    }
  }

  func runtime(_ server: LambdaRuntimeServer) throws -> LambdaRuntime {
    LambdaRuntime(
      environment: try LambdaRuntimeEnvironment(["AWS_LAMBDA_RUNTIME_API": server.address]),
      configuration: configuration, logger: log.logger, handler)
  }
}

extension LambdaRuntimeServer {
  func invoke(
    _ text: String, id: String = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
  ) async -> InvocationOutcome {
    await invoke(InvocationRequest(Array(text.utf8), requestID: id))
  }
}

/// An error as Lambda's callers see it, read by a JSON parser that is not ours.
struct ErrorDocument: Decodable, Equatable {
  var errorType: String
  var errorMessage: String
  var stackTrace: [String]

  init(_ body: [UInt8]) throws {
    self = try JSONDecoder().decode(ErrorDocument.self, from: Data(body))
  }

  init(_ outcome: InvocationOutcome) throws {
    guard case .functionError(let failure) = outcome else {
      throw NotAFunctionError(outcome: outcome)
    }
    try self.init(failure.body)
  }

  struct NotAFunctionError: Error {
    var outcome: InvocationOutcome
  }
}

/// A door that is shut until somebody opens it.
final class Gate: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream()
  }

  func open() { continuation.finish() }

  func wait() async {
    for await _ in stream {}
  }
}
