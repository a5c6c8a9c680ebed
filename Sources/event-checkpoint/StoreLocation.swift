import ArgumentParser
import CheckpointCore
import EventLogModel

/// Where a command finds objects: in a directory, or in a bucket.
enum StoreLocation: Equatable {
  /// A directory, by its path.
  case directory(String)
  /// What lies under a prefix of a bucket; the prefix is empty or ends at a `/`.
  case bucket(String, prefix: String)

  /// A directory or a "directory" of a bucket, from a path, a `file:` URL or an `s3://` URL.
  init(_ text: String) throws {
    switch try ObjectLocation(text) {
    case .file(let path):
      guard !path.isEmpty else { throw ValidationError("A directory or URL is empty.") }
      self = .directory(path)
    case .object(let bucket, let key):
      self = .bucket(bucket, prefix: key.isEmpty || key.hasSuffix("/") ? key : key + "/")
    }
  }
}

/// The key template of checkpoints, and the store that its keys are relative to.
struct CheckpointLocation {
  /// The directory at the beginning of the template.
  let root: StoreLocation
  /// The template relative to it.
  let template: KeyTemplate
  /// What stands before the keys where they are shown.
  let prefix: String

  /// A template as a path, a `file:` URL or an `s3://` URL, divided after the literal directory at
  /// its beginning.
  init(_ text: String, schema: EventSchema) throws {
    let location = try ObjectLocation(text)
    let path =
      switch location {
      case .file(let path): path
      case .object(_, let key): key
      }
    let literal = path.prefix { $0 != "{" && $0 != "}" }
    let split = literal.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let directory = String(path[..<split])
    let rest = String(path[split...])
    guard !rest.isEmpty else {
      let example = text.hasSuffix("/") ? text : text + "/"
      throw ValidationError(
        "The checkpoint \"\(text)\" names no file; give it one, such as "
          + "\"\(example)events.parquet\".")
    }
    switch location {
    case .file:
      root = .directory(directory.isEmpty ? "." : directory)
      prefix = directory
    case .object(let bucket, _):
      root = .bucket(bucket, prefix: directory)
      prefix = "s3://\(bucket)/\(directory)"
    }
    do {
      template = try KeyTemplate(rest, schema: schema)
    } catch {
      throw ValidationError(error.description)
    }
  }
}
