import EventLogModel

/// A message of an SQS queue.
public struct QueueMessage: Sendable, Hashable {
  /// By which the queue is told to keep it.
  public var id: String
  /// What it says of objects.
  public var notifications: [ObjectNotification]
  /// What of it could not be understood, as sentences: such a message is kept, so that it ends in
  /// the queue's dead-letter queue.
  public var faults: [String]

  /// A message.
  public init(id: String, notifications: [ObjectNotification] = [], faults: [String] = []) {
    self.id = id
    self.notifications = notifications
    self.faults = faults
  }

  /// A record of the event that Lambda makes of a batch of messages.
  ///
  /// AWS Lambda Developer Guide, "Using Lambda with Amazon SQS".
  init(record: JSONDocument) throws(FunctionEventError) {
    guard let id = record["messageId"]?.string, !id.isEmpty else {
      throw FunctionEventError(
        "A record of SQS has no \"messageId\", so none of the messages can be told apart.",
        mustBeKept: true)
    }
    self.init(id: id)
    guard let text = record["body"]?.string else {
      faults = ["The record has no \"body\"."]
      return
    }
    do {
      let body = try NotificationBody(text: text)
      notifications = body.notifications
      faults = body.faults
    } catch {
      faults = [error.description]
    }
  }
}
