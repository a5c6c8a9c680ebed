/// Why a file is no checkpoint of an event type.
struct CheckpointFileError: Error, CustomStringConvertible {
  enum Code: Hashable {
    /// The file contradicts itself or its format.
    case damaged
    /// The file is whole, but has other columns or values than the event type.
    case incompatible
  }

  let code: Code
  let description: String
  let underlying: (any Error)?

  init(_ code: Code, _ description: String, underlying: (any Error)? = nil) {
    self.code = code
    self.description = description
    self.underlying = underlying
  }

  /// The description, and what a person can do about a file that a run has left as it is.
  var descriptionWithRemedy: String {
    switch code {
    case .damaged:
      description + " It was left as it is: restore an earlier version of it, or rebuild it with "
        + "--rebuild, which keeps this file under another name."
    case .incompatible:
      description
        + " It was left as it is, since it may hold rows whose objects are gone: write it "
        + "with the event type's columns, restore an earlier version of it, or move it away and run "
        + "again."
    }
  }
}
