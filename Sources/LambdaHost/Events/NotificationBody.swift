import EventLogModel

/// What S3 has to say, however it is wrapped: by itself, by EventBridge, by SNS, or by one in the
/// other.
struct NotificationBody: Sendable, Hashable {
  /// What was understood.
  var notifications: [ObjectNotification] = []
  /// What was not, as sentences.
  var faults: [String] = []

  /// How many wrappings are taken off at most.
  private static let maximumWrappings = 4

  /// Reads a body as it stands in a message.
  init(text: String) throws(FunctionEventError) {
    try add(text: text, depth: 0)
  }

  /// Reads a document; nil where it is none of S3's, EventBridge's or SNS's.
  init?(_ document: JSONDocument) throws(FunctionEventError) {
    guard try add(document, depth: 0) else { return nil }
  }

  private mutating func add(text: String, depth: Int) throws(FunctionEventError) {
    guard depth < NotificationBody.maximumWrappings else {
      throw FunctionEventError(
        "The message is wrapped more than \(NotificationBody.maximumWrappings) times.")
    }
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: Array(text.utf8))
    } catch {
      throw FunctionEventError("The message is not JSON. \(error.description)")
    }
    guard try add(document, depth: depth) else {
      throw FunctionEventError(
        "The message is \(document.summary), which is neither a notification of S3 nor an event of "
          + "EventBridge nor a message of SNS.")
    }
  }

  /// Takes a document; false where it is none of those that are known.
  private mutating func add(_ document: JSONDocument, depth: Int) throws(FunctionEventError) -> Bool
  {
    if let records = document["Records"]?.elements {
      for (index, record) in records.enumerated() {
        do throws(FunctionEventError) {
          try add(record: record, depth: depth)
        } catch {
          faults.append("Records[\(index)]: \(error.description)")
        }
      }
      return true
    }
    // S3 sends it when notifications are set up, to see whether it may.
    if document["Event"]?.string == "s3:TestEvent" { return true }
    if document["detail-type"]?.string != nil, document["source"]?.string == "aws.s3" {
      notifications.append(try ObjectNotification(eventBridge: document))
      return true
    }
    if document["Type"]?.string == "Notification", let message = document["Message"]?.string {
      try add(text: message, depth: depth + 1)
      return true
    }
    return false
  }

  private mutating func add(record: JSONDocument, depth: Int) throws(FunctionEventError) {
    // MinIO and Ceph write their own name before the colon.
    if let source = record["eventSource"]?.string, source.hasSuffix(":s3") {
      notifications.append(try ObjectNotification(record: record))
    } else if record["EventSource"]?.string == "aws:sns" {
      guard let message = record["Sns"]?["Message"]?.string else {
        throw FunctionEventError("The record of SNS has no \"Sns.Message\".")
      }
      try add(text: message, depth: depth + 1)
    } else {
      throw FunctionEventError("It is \(record.summary), which is no record of S3 or SNS.")
    }
  }
}

extension JSONDocument {
  /// What it looks like, in a few words, for errors.
  var summary: String {
    guard let members else { return kind }
    guard !members.isEmpty else { return "an empty object" }
    let names = members.prefix(8).map { "\"\($0.name.prefix(40))\"" }.joined(separator: ", ")
    let more = members.count > 8 ? " and \(members.count - 8) more" : ""
    return "an object with \(members.count == 1 ? "the member" : "the members") \(names)\(more)"
  }
}
