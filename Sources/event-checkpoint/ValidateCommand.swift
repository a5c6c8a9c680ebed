import ArgumentParser
import CheckpointCore
import EventLogModel
import FoundationEssentials

/// Checks event files.
struct ValidateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check event files and report every fault.",
    discussion: """
      A file is checked whatever its name is; in a directory and all that lies in it, the files
      named log-*.json are. An s3:// URL names an object, or what objects lie under. Exit status: 0
      when all files are valid, 1 when one is refused or cannot be read, 64 for wrong usage.

      EXAMPLES
        event-checkpoint validate events
        event-checkpoint validate --unknown-fields ignore log-submit-20240301-101500.json
        event-checkpoint validate --json events > report.json
        event-checkpoint validate s3://visits/events/
      """)

  @Argument(
    help: ArgumentHelp("Files, directories and s3:// URLs to check.", valueName: "paths"),
    completion: .file())
  var paths: [String]

  @OptionGroup(title: "S3") var s3: S3Arguments

  @Flag(name: .long, help: "Print one JSON object with the counts and the files with faults.")
  var json = false

  @Option(
    name: .long, help: "What to do with fields that the schema does not have: refuse or ignore.")
  var unknownFields = EventDecoder.UnknownFieldPolicy.refuse

  func validate() throws {
    for path in paths { _ = try ObjectLocation(path) }
  }

  func run() async throws {
    let validation = try await Stores.with(s3) { stores in
      var validation = Validation(unknownFields: unknownFields, printsFaults: !json)
      for path in paths {
        switch try ObjectLocation(path) {
        case .file(let path): validation.check(path)
        case .object(let bucket, let key):
          let store = try await stores.open(.bucket(bucket, prefix: ""))
          await validation.check(key, in: store, shownAs: "s3://\(bucket)/")
        }
      }
      return validation
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(validation.report), as: UTF8.self))
    } else {
      print(validation.report.summary)
    }
    if validation.report.refused > 0 || validation.report.unreadable > 0 { throw ExitCode(1) }
  }
}

/// What came out of checking files.
struct ValidationReport: Encodable {
  /// A file with faults.
  struct Result: Encodable {
    let file: String
    let faults: [EventFault]
  }

  var files = 0
  var valid = 0
  var excluded = 0
  var refused = 0
  var unreadable = 0
  var results: [Result] = []

  var summary: String {
    "\(files) \(files == 1 ? "file" : "files"): \(valid) valid, \(excluded) left out (sandbox), "
      + "\(refused) refused, \(unreadable) unreadable"
  }
}

/// The checking of files, one after another.
struct Validation {
  private(set) var report = ValidationReport()
  private var decoder: EventDecoder
  private var batch = EventBatch(schema: .visitEvent)
  private let printsFaults: Bool

  init(unknownFields: EventDecoder.UnknownFieldPolicy, printsFaults: Bool) {
    decoder = EventDecoder(schema: .visitEvent, unknownFields: unknownFields)
    self.printsFaults = printsFaults
  }

  /// Checks a file, or the event files of a directory and all that lies in it.
  mutating func check(_ path: String) {
    do throws(LocalFiles.Failure) {
      switch try LocalFiles.kind(path) {
      case .directory: try checkDirectory(path)
      case .file, .other: checkFile(path)
      }
    } catch {
      report.files += 1
      noteUnreadable(error)
    }
  }

  private mutating func checkDirectory(_ path: String) throws(LocalFiles.Failure) {
    for (name, kind) in try LocalFiles.names(in: path) {
      let inner = path.hasSuffix("/") ? path + name : path + "/" + name
      let isEvent = name.hasPrefix("log-") && name.hasSuffix(".json")
      switch kind {
      case .file: if isEvent { checkFile(inner) }
      case .directory where !isEvent: check(inner)
      case .directory, .other:
        // Where an event is due, anything else is a mistake that should be seen; and a pipe would
        // be waited for without end.
        guard isEvent else { continue }
        report.files += 1
        let what = kind == .directory ? "a directory" : "not a file"
        noteUnreadable(LocalFiles.Failure(inner, "It is \(what)"))
      }
    }
  }

  private mutating func checkFile(_ path: String) {
    report.files += 1
    do {
      try check(LocalFiles.read(path, limit: decoder.limits.maximumSize), of: path)
    } catch let failure as LocalFiles.Failure {
      noteUnreadable(failure)
    } catch {
      noteUnreadable(LocalFiles.Failure(path, "\(error)"))
    }
  }

  /// Checks an object, or else the event objects under its key taken for a directory.
  mutating func check(
    _ key: String, in store: any ObjectStore, shownAs prefix: String
  ) async {
    if !key.isEmpty, !key.hasSuffix("/") {
      let object = await Self.fetch(key, from: store, limit: decoder.limits.maximumSize)
      if case .failure(let error) = object, (error as? ObjectStoreError)?.code == .notFound {
        return await check(key + "/", in: store, shownAs: prefix)
      }
      return check(object, of: prefix + key)
    }
    do {
      try await store.list(ListRequest(prefix: key)) { page in
        let keys = page.objects.map(\.key).filter(RunConfiguration.isEventKey)
        for start in stride(from: 0, to: keys.count, by: Self.objectsAtATime) {
          let some = Array(keys[start..<min(start + Self.objectsAtATime, keys.count)])
          let objects = await Self.fetch(some, from: store, limit: decoder.limits.maximumSize)
          for (key, object) in zip(some, objects) { check(object, of: prefix + key) }
        }
      }
    } catch {
      report.files += 1
      noteUnreadable(LocalFiles.Failure(prefix + key, "\(error)"))
    }
  }

  /// Objects are fetched so many side by side, and then checked in the order of their keys.
  private static let objectsAtATime = 256

  private static func fetch(
    _ key: String, from store: any ObjectStore, limit: Int
  ) async -> Result<[UInt8], any Error> {
    do {
      // One byte more than is allowed shows the decoder that there are too many.
      return .success(
        try await store.get(key, range: 0..<(limit + 1), ifMatch: nil, limit: .max).bytes)
    } catch {
      return .failure(error)
    }
  }

  private static func fetch(
    _ keys: [String], from store: any ObjectStore, limit: Int
  ) async -> [Result<[UInt8], any Error>] {
    await withTaskGroup(of: (Int, Result<[UInt8], any Error>).self) { group in
      for (index, key) in keys.enumerated() {
        group.addTask { (index, await fetch(key, from: store, limit: limit)) }
      }
      var objects = [Result<[UInt8], any Error>](repeating: .success([]), count: keys.count)
      for await fetched in group { objects[fetched.0] = fetched.1 }
      return objects
    }
  }

  private mutating func check(_ object: Result<[UInt8], any Error>, of path: String) {
    report.files += 1
    do {
      try check(object.get(), of: path)
    } catch {
      noteUnreadable(LocalFiles.Failure(path, "\(error)"))
    }
  }

  private mutating func check(_ bytes: [UInt8], of path: String) throws {
    // Nothing but the verdict is wanted; the batch must not grow with the number of files.
    if batch.count >= 4_096 { batch = EventBatch(schema: .visitEvent) }
    switch try decoder.decode(bytes, sourceModified: nil, into: &batch) {
    case .accepted: report.valid += 1
    case .excluded: report.excluded += 1
    case .refused(let faults):
      report.refused += 1
      note(path, faults)
    }
  }

  private mutating func noteUnreadable(_ failure: LocalFiles.Failure) {
    report.unreadable += 1
    note(
      failure.path,
      [
        EventFault(
          field: "", code: EventFault.Code(rawValue: "unreadable"),
          message: "could not be read: \(failure)")
      ])
  }

  private mutating func note(_ path: String, _ faults: [EventFault]) {
    if printsFaults {
      for fault in faults { print("\(path): \(fault)") }
    } else {
      report.results.append(ValidationReport.Result(file: path, faults: faults))
    }
  }
}
