import CheckpointCore
import EventLogModel

/// A command to the function.
public enum FunctionCommand: Sendable, Hashable {
  /// What a run is to do.
  public struct Run: Sendable, Hashable {
    /// Only objects whose key begins with this are looked at; nil for all of the source.
    public var prefix: String?
    /// Only these groups are brought up to date, by the values of the schema's group fields; nil
    /// for all.
    public var groups: Set<[String]>?
    /// Whether nothing is written.
    public var isDryRun = false
    /// Whether all objects are read again and damaged checkpoints are replaced.
    public var rebuilds = false
    /// Whether a rebuild leaves out the rows whose objects are gone.
    public var onlySources = false
    /// Whether refused objects are read again.
    public var retriesRefused = false

    /// A run that does what is new.
    public init() {}
  }

  /// A run.
  case run(Run)
  /// A proof that the checkpoints hold what the objects say: all, or those of some groups.
  case verify(groups: Set<[String]>?)
  /// Rewriting the checkpoints to their best layout, all or those of some groups, or only looking
  /// what that would do.
  case compact(groups: Set<[String]>?, isDryRun: Bool)
  /// Dividing the objects into batches for workers.
  case backfillPlan(id: String, batchSize: Int)
  /// A worker's work on one batch.
  case backfillBatch(id: String, batch: String)
  /// Folding what the workers made into the checkpoints.
  case backfillMerge(id: String)

  /// How many objects a batch has unless it is said.
  public static let defaultBatchSize = 5_000

  /// Reads a command; a member that it does not have is an error.
  init(_ document: JSONDocument, schema: EventSchema) throws(FunctionEventError) {
    var reader = try CommandReader(document)
    switch reader.action {
    case "run", "rebuild", "retry-refused":
      var run = Run()
      run.prefix = try reader.string("prefix")
      run.groups = try reader.groups(schema)
      run.isDryRun = try reader.boolean("dryRun") ?? false
      run.rebuilds = reader.action == "rebuild"
      run.onlySources = run.rebuilds ? try reader.boolean("onlySources") ?? false : false
      run.retriesRefused = reader.action == "retry-refused"
      guard !run.retriesRefused || run.groups == nil else {
        throw FunctionEventError(
          "The action retry-refused has no \"groups\": what is refused belongs to none.")
      }
      self = .run(run)
    case "verify":
      // It writes nothing in any case.
      _ = try reader.boolean("dryRun")
      self = .verify(groups: try reader.groups(schema))
    case "compact":
      self = .compact(
        groups: try reader.groups(schema), isDryRun: try reader.boolean("dryRun") ?? false)
    case "backfill-plan":
      self = .backfillPlan(
        id: try reader.backfill(),
        batchSize: try reader.integer("batchSize", 1...100_000) ?? FunctionCommand.defaultBatchSize)
    case "backfill-batch":
      self = .backfillBatch(id: try reader.backfill(), batch: try reader.required("batch"))
    case "backfill-merge": self = .backfillMerge(id: try reader.backfill())
    default:
      throw FunctionEventError(
        "The action \"\(reader.action.prefix(80))\" is unknown. Known are run, rebuild, verify, "
          + "compact, retry-refused, backfill-plan, backfill-batch and backfill-merge.")
    }
    try reader.finish()
  }
}

/// Reads the members of a command one by one, and knows which were left.
private struct CommandReader {
  private let document: JSONDocument
  private var names: Set<String> = ["action"]
  let action: String

  /// The names that make an object without `action` a command.
  private static let namesOfRun: Set<String> = ["prefix", "groups", "dryRun"]

  init(_ document: JSONDocument) throws(FunctionEventError) {
    self.document = document
    switch document["action"] {
    case .string(let name)?: action = name
    case nil where (document.members ?? []).contains { CommandReader.namesOfRun.contains($0.name) }:
      action = "run"
    case nil:
      throw FunctionEventError(
        "The event is \(document.summary). Understood are \(FunctionEvent.understood).")
    case let other?:
      throw FunctionEventError("\"action\" is \(other.kind), but must be a string.")
    }
  }

  /// The value of a member; null is as good as none.
  private mutating func value(_ name: String) -> JSONDocument? {
    names.insert(name)
    let value = document[name]
    return value == .null ? nil : value
  }

  mutating func string(_ name: String) throws(FunctionEventError) -> String? {
    guard let value = value(name) else { return nil }
    guard let string = value.string else {
      throw FunctionEventError("\"\(name)\" is \(value.kind), but must be a string.")
    }
    return string
  }

  mutating func required(_ name: String) throws(FunctionEventError) -> String {
    guard let string = try string(name), !string.isEmpty else {
      throw FunctionEventError("The action \(action) needs \"\(name)\", a string.")
    }
    return string
  }

  mutating func boolean(_ name: String) throws(FunctionEventError) -> Bool? {
    guard let value = value(name) else { return nil }
    guard let boolean = value.boolean else {
      throw FunctionEventError("\"\(name)\" is \(value.kind), but must be true or false.")
    }
    return boolean
  }

  mutating func integer(
    _ name: String, _ range: ClosedRange<Int>
  ) throws(FunctionEventError) -> Int? {
    guard let value = value(name) else { return nil }
    guard let integer = value.integer, range.contains(integer) else {
      throw FunctionEventError(
        "\"\(name)\" must be a whole number from \(range.lowerBound) to \(range.upperBound).")
    }
    return integer
  }

  /// The id of a backfill, which becomes a part of keys.
  mutating func backfill() throws(FunctionEventError) -> String {
    let id = try required("backfill")
    guard Backfill.isName(id) else {
      throw FunctionEventError(
        "\"backfill\" is \"\(id.prefix(80))\", but must be a name of at most 80 letters, digits, "
          + "\"-\" and \"_\", such as 2026-11.")
    }
    return id
  }

  /// Groups: `"adrc/form"`, or an object such as `{"study":"adrc","datatype":"form"}`.
  mutating func groups(_ schema: EventSchema) throws(FunctionEventError) -> Set<[String]>? {
    guard let value = value("groups") else { return nil }
    let fields = schema.group.map { schema.fields[$0] }
    let example = fields.map(\.name).joined(separator: "/")
    guard let elements = value.elements, !elements.isEmpty else {
      throw FunctionEventError(
        "\"groups\" must be an array of strings such as \"\(example)\", or of objects with these "
          + "members, and not be empty.")
    }
    var groups: Set<[String]> = []
    for element in elements {
      let values: [String]?
      switch element {
      case .string(let text):
        values = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      case .object(let members) where members.count == fields.count:
        values = fields.map { element[$0.name]?.string }
          .reduce(into: [String]?.some([])) { all, value in
            if let value { all?.append(value) } else { all = nil }
          }
      default: values = nil
      }
      guard let values, values.count == fields.count else {
        throw FunctionEventError(
          "A group is \"\(example)\" or an object with these members; \(element.summary) is none.")
      }
      for (field, value) in zip(fields, values) {
        if case .oneOf(let known) = field.rule, !known.contains(value) {
          throw FunctionEventError(
            "There is no \(field.name) \"\(value.prefix(80))\"; known are "
              + known.joined(separator: ", ") + ".")
        }
      }
      groups.insert(values)
    }
    return groups
  }

  /// Throws where there are members that nobody asked for.
  func finish() throws(FunctionEventError) {
    let unknown = (document.members ?? []).map(\.name).filter { !names.contains($0) }
    guard unknown.isEmpty else {
      let list = unknown.prefix(8).map { "\"\($0.prefix(40))\"" }.joined(separator: ", ")
      let known = names.subtracting(["action"]).sorted().joined(separator: ", ")
      throw FunctionEventError(
        "The action \(action) has no \(list)."
          + (known.isEmpty ? "" : " It may have \(known)."))
    }
  }
}
