import EventLogModel
import S3Lite

/// What a notification of S3 says of an object.
public struct ObjectNotification: Sendable, Hashable {
  /// What happened to the object.
  public enum Change: Sendable, Hashable {
    /// It was written, or can be read again after it was in an archive.
    case written
    /// It was removed, by somebody or by a rule of the bucket's lifecycle.
    case removed
    /// Something that leaves its content as it is, such as other tags.
    case other
  }

  /// What happened.
  public var change: Change
  /// The bucket.
  public var bucket: String
  /// The key, not encoded.
  public var key: String

  /// A notification.
  public init(_ change: Change, bucket: String, key: String) {
    self.change = change
    self.bucket = bucket
    self.key = key
  }
}

extension ObjectNotification {
  /// A record of a notification that S3 sends itself, to a function, a queue or a topic.
  ///
  /// Amazon S3 User Guide, "Event message structure": keys are encoded as in HTML forms.
  init(record: JSONDocument) throws(FunctionEventError) {
    guard let name = record["eventName"]?.string else {
      throw FunctionEventError("The record has no \"eventName\".")
    }
    guard let bucket = record["s3"]?["bucket"]?["name"]?.string else {
      throw FunctionEventError("The record has no \"s3.bucket.name\".")
    }
    guard let encoded = record["s3"]?["object"]?["key"]?.string else {
      throw FunctionEventError("The record has no \"s3.object.key\".")
    }
    guard let key = PercentEncoding.decodeForm(encoded), !key.isEmpty else {
      throw FunctionEventError(
        "The key \"\(encoded.prefix(200))\" is not encoded as S3 encodes keys in notifications.")
    }
    self.init(ObjectNotification.change(name), bucket: bucket, key: key)
  }

  /// What an event of S3 (`ObjectCreated:Put`) means; servers that are not AWS's may write `s3:`
  /// before it.
  ///
  /// Amazon S3 User Guide, "Supported event types for SQS, SNS, and Lambda".
  private static func change(_ name: String) -> Change {
    let name = name.hasPrefix("s3:") ? String(name.dropFirst(3)) : name
    if name.hasPrefix("ObjectCreated:") || name == "ObjectRestore:Completed" { return .written }
    if name.hasPrefix("ObjectRemoved:") || name.hasPrefix("LifecycleExpiration:") {
      return .removed
    }
    return .other
  }

  /// An event of S3 in EventBridge, whose keys are not encoded.
  ///
  /// Amazon S3 User Guide, "EventBridge event message structure".
  init(eventBridge event: JSONDocument) throws(FunctionEventError) {
    let type = event["detail-type"]?.string ?? ""
    guard let bucket = event["detail"]?["bucket"]?["name"]?.string else {
      throw FunctionEventError("The event of EventBridge has no \"detail.bucket.name\".")
    }
    guard let key = event["detail"]?["object"]?["key"]?.string, !key.isEmpty else {
      throw FunctionEventError("The event of EventBridge has no \"detail.object.key\".")
    }
    let change: Change =
      switch type {
      case "Object Created", "Object Restore Completed": .written
      case "Object Deleted": .removed
      default: .other
      }
    self.init(change, bucket: bucket, key: key)
  }
}
