public import EventLogModel

/// What an invocation asks for.
public enum FunctionEvent: Sendable, Hashable {
  /// A command, as a person, a schedule or a state machine gives it.
  case command(FunctionCommand)
  /// What S3 says of objects, directly or through EventBridge or SNS. Whoever sent it does not wait
  /// for the answer. The sentences are about what was not understood of it.
  case notifications([ObjectNotification], faults: [String])
  /// What S3 says of objects, through an SQS queue that keeps what it is told to.
  case queue([QueueMessage])

  /// Recognises an event by its shape.
  ///
  /// - Parameters:
  ///   - bytes: The payload of the invocation.
  ///   - schema: The event type, for the names of groups.
  /// - Throws: ``FunctionEventError`` for anything that is not understood.
  public init(parsing bytes: [UInt8], schema: EventSchema) throws(FunctionEventError) {
    // A test invocation without a payload.
    if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) {
      self = .command(.run(.init()))
      return
    }
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: bytes)
    } catch {
      throw FunctionEventError("The event is not JSON. \(error.description)")
    }
    try self.init(document, schema: schema)
  }

  private init(_ document: JSONDocument, schema: EventSchema) throws(FunctionEventError) {
    if case .null = document {
      self = .command(.run(.init()))
      return
    }
    guard let members = document.members else {
      throw FunctionEventError(
        "The event is \(document.kind). Understood are \(FunctionEvent.understood).")
    }
    if members.isEmpty || FunctionEvent.isScheduled(document) {
      self = .command(.run(.init()))
      return
    }
    if let records = document["Records"]?.elements,
      records.contains(where: { $0["eventSource"]?.string == "aws:sqs" })
    {
      self = .queue(try FunctionEvent.messages(records))
      return
    }
    if let body = try NotificationBody(document) {
      guard !body.notifications.isEmpty || body.faults.isEmpty else {
        throw FunctionEventError(
          "Nothing in the event is understood. " + body.faults.prefix(10).joined(separator: " "))
      }
      self = .notifications(body.notifications, faults: body.faults)
      return
    }
    if let type = document["detail-type"]?.string {
      let source = document["source"]?.string ?? ""
      throw FunctionEventError(
        "The event is one of EventBridge, \"\(type.prefix(80))\" of \"\(source.prefix(80))\". "
          + "Understood are \(FunctionEvent.understood).")
    }
    self = .command(try FunctionCommand(document, schema: schema))
  }

  /// Whether it is what a rule or a schedule of EventBridge sends by itself.
  private static func isScheduled(_ document: JSONDocument) -> Bool {
    document["detail-type"]?.string == "Scheduled Event"
  }

  private static func messages(_ records: [JSONDocument]) throws(FunctionEventError)
    -> [QueueMessage]
  {
    var messages: [QueueMessage] = []
    messages.reserveCapacity(records.count)
    for record in records {
      guard record["eventSource"]?.string == "aws:sqs" else {
        throw FunctionEventError(
          "Only some of the event's records are messages of SQS.", mustBeKept: true)
      }
      messages.append(try QueueMessage(record: record))
    }
    return messages
  }

  /// What is understood, for errors.
  static let understood =
    "an empty event, the event of a schedule, a notification of S3 (also through EventBridge, SNS or "
    + "SQS), and a command such as {\"action\":\"run\"}"
}
