/// To which requests a fault happens.
package struct FaultRule: Sendable {
  package var fault: Fault
  package var operation: S3Operation?
  package var key: ObjectKey?
  /// Which of the requests that match, from 1.
  package var occurrences: ClosedRange<Int>
  private var seen = 0

  package init(
    _ fault: Fault, on operation: S3Operation? = nil, key: ObjectKey? = nil,
    occurrences: ClosedRange<Int> = 1...1
  ) {
    self.fault = fault
    self.operation = operation
    self.key = key
    self.occurrences = occurrences
  }

  /// The fault, if it happens to the call.
  mutating func fault(for call: S3Call) -> Fault? {
    if let operation, operation != call.operation { return nil }
    if let key, key != call.key { return nil }
    seen += 1
    return occurrences.contains(seen) ? fault : nil
  }
}
