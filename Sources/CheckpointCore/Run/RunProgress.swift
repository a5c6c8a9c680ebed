/// How far a run is.
public enum RunProgress: Sendable, Hashable {
  /// The source is being listed.
  case listing(objects: Int)
  /// Objects are being read.
  case fetching(done: Int, total: Int)
  /// Checkpoints are being merged and written.
  case committing(done: Int, total: Int)
  /// Checkpoints are being compared with the objects.
  case verifying(done: Int, total: Int)
  /// The run is over.
  case finished
}
