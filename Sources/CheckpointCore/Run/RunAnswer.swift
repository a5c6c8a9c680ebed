/// What is answered about a piece of work: a status as HTTP has it, and a JSON body. It is what the
/// command prints with `--json`, and what the function answers.
public struct RunAnswer: Sendable {
  /// 200 all well, 207 some of it failed, 400 the request is wrong, 500 nothing could be done.
  public var statusCode: Int
  /// What there is to say.
  public var body: JSONValue

  /// An answer of one's own.
  public init(statusCode: Int, body: JSONValue) {
    self.statusCode = statusCode
    self.body = body
  }

  /// The answer about a run that was done.
  public init(_ summary: RunSummary) {
    self.init(statusCode: summary.statusCode, body: summary.json)
  }

  /// The answer about work that could not be done at all: the error as a sentence, and its code
  /// where it is a ``RunError``.
  public init(failure error: any Error) {
    var members: [(String, JSONValue)] = [("error", .string("\(error)"))]
    if let error = error as? RunError { members.append(("code", .string(error.code.rawValue))) }
    self.init(statusCode: 500, body: .object(members))
  }

  /// The answer as one JSON object.
  public var json: JSONValue {
    .object([("statusCode", .integer(statusCode)), ("body", body)])
  }
}
