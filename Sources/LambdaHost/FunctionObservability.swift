import FoundationEssentials
import LambdaObservability
import Logging
import Metrics
import Tracing

/// The backends of logs, metrics and traces that the function has in AWS Lambda.
struct FunctionObservability: Sendable {
  private let metrics: EMFMetricsFactory

  /// Writes the metrics that were recorded since the last time.
  func flush() {
    metrics.flush()
  }

  /// Makes the backends those of the process.
  ///
  /// - Parameter configuration: The settings; nil where they are wrong, for then all that is logged
  ///   is what is wrong with them.
  static func bootstrap(_ configuration: FunctionConfiguration?) -> FunctionObservability {
    let environment = LambdaEnvironment(ProcessInfo.processInfo.environment)
    let service = configuration?.serviceName ?? FunctionConfiguration.defaultServiceName
    let level = configuration?.logLevel ?? .info
    let stage = configuration?.environment
    LoggingSystem.bootstrap { label in
      var handler = LambdaLogHandler(
        label: label, service: service, environment: environment, logLevel: level,
        metadataProvider: .xRay)
      if let stage { handler[metadataKey: "environment"] = .string(stage) }
      return handler
    }
    let metrics = EMFMetricsFactory(
      namespace: configuration?.metricsNamespace ?? FunctionConfiguration.defaultMetricsNamespace,
      defaultDimensions: [("service", service)],
      units: ["BytesFetched": .bytes, "Backlog": .count])
    MetricsSystem.bootstrap(metrics)
    if let tracer = XRayTracer(environment: environment) {
      InstrumentationSystem.bootstrap(tracer)
    }
    return FunctionObservability(metrics: metrics)
  }
}
