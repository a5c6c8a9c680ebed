import CheckpointCore

// Events as AWS documents them, with the names of these tests' buckets and keys in the places of
// the documentation's. Origins:
// - S3: Amazon S3 User Guide, "Event message structure" and "EventBridge event message structure"
// - SQS: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"
// - SNS: AWS Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications", and
//   Amazon SNS Developer Guide, "Parsing Amazon SNS message formats"
// - schedules: Amazon EventBridge User Guide, "Creating a rule that runs on a schedule"

enum Sample {
  /// A record of a notification of S3; the key is as it stands in the record, encoded.
  static func s3Record(
    _ key: String, bucket: String = "bucket", name: String = "ObjectCreated:Put",
    source: String = "aws:s3"
  ) -> String {
    """
    {"eventVersion":"2.1","eventSource":"\(source)","awsRegion":"us-west-2",\
    "eventTime":"1970-01-01T00:00:00.000Z","eventName":"\(name)",\
    "userIdentity":{"principalId":"AIDAJDPLRKLG7UEXAMPLE"},\
    "requestParameters":{"sourceIPAddress":"127.0.0.1"},\
    "responseElements":{"x-amz-request-id":"C3D13FE58DE4C810",\
    "x-amz-id-2":"FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD"},\
    "s3":{"s3SchemaVersion":"1.0","configurationId":"testConfigRule",\
    "bucket":{"name":"\(bucket)","ownerIdentity":{"principalId":"A3NL1KOZZKExample"},\
    "arn":"arn:aws:s3:::\(bucket)"},\
    "object":{"key":"\(key)","size":1024,"eTag":"d41d8cd98f00b204e9800998ecf8427e",\
    "versionId":"096fKKXTRTtl3on89fVO.nfljtsv6qko","sequencer":"0055AED6DCD90281E5"}}}
    """
  }

  /// A notification of S3, as a function, a queue or a topic gets it.
  static func s3(_ records: [String]) -> String {
    #"{"Records":["# + records.joined(separator: ",") + "]}"
  }

  /// A notification about one object.
  static func s3(_ key: String, bucket: String = "bucket", name: String = "ObjectCreated:Put")
    -> String
  {
    s3([s3Record(key, bucket: bucket, name: name)])
  }

  /// What S3 sends when notifications are set up.
  static let testEvent = """
    {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2014-10-13T15:57:02.089Z",\
    "Bucket":"bucket","RequestId":"5582815E1AEA5ADF","HostId":"8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE"}
    """

  /// An event of S3 through EventBridge; the key is not encoded.
  static func eventBridge(
    _ key: String, bucket: String = "bucket", type: String = "Object Created",
    reason: String = "PutObject"
  ) -> String {
    """
    {"version":"0","id":"17793124-05d4-b198-2fde-7ededc63b103","detail-type":"\(type)",\
    "source":"aws.s3","account":"111122223333","time":"2021-11-12T00:00:00Z",\
    "region":"ca-central-1","resources":["arn:aws:s3:::\(bucket)"],\
    "detail":{"version":"0","bucket":{"name":"\(bucket)"},"object":{"key":\(quoted(key)),"size":5,\
    "etag":"b1946ac92492d2347c6235b4d2611184","version-id":"IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",\
    "sequencer":"617f08299329d189"},"request-id":"N4N7GDK58NMKJ12R","requester":"123456789012",\
    "source-ip-address":"1.2.3.4","reason":"\(reason)"}}
    """
  }

  /// A message of SQS in the event that Lambda makes of a batch.
  static func sqsRecord(_ body: String, id: String) -> String {
    """
    {"messageId":"\(id)","receiptHandle":"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",\
    "body":\(quoted(body)),"attributes":{"ApproximateReceiveCount":"1",\
    "SentTimestamp":"1545082649183","SenderId":"AIDAIENQZJOLO23YVJ4VO",\
    "ApproximateFirstReceiveTimestamp":"1545082649185"},"messageAttributes":{},\
    "md5OfBody":"e4e68fb7bd0e697a0ae8f1bb342846b3","eventSource":"aws:sqs",\
    "eventSourceARN":"arn:aws:sqs:us-east-2:123456789012:my-queue","awsRegion":"us-east-2"}
    """
  }

  /// A batch of messages, which are called m0, m1 and so on.
  static func sqs(_ bodies: [String]) -> String {
    let records = bodies.enumerated().map { sqsRecord($1, id: "m\($0)") }
    return #"{"Records":["# + records.joined(separator: ",") + "]}"
  }

  /// A message of SNS as a queue gets it.
  static func snsEnvelope(_ message: String) -> String {
    """
    {"Type":"Notification","MessageId":"22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",\
    "TopicArn":"arn:aws:sns:us-west-2:123456789012:MyTopic","Subject":"My First Message",\
    "Message":\(quoted(message)),"Timestamp":"2012-05-02T00:54:06.655Z","SignatureVersion":"1",\
    "Signature":"EXAMPLEw6JRN","SigningCertURL":"https://sns.us-west-2.amazonaws.com/x.pem",\
    "UnsubscribeURL":"https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe"}
    """
  }

  /// A message of SNS as a function gets it.
  static func sns(_ message: String) -> String {
    """
    {"Records":[{"EventVersion":"1.0",\
    "EventSubscriptionArn":"arn:aws:sns:us-east-1:123456789012:sns-lambda:21be56ed",\
    "EventSource":"aws:sns","Sns":{"SignatureVersion":"1","Timestamp":"2019-01-02T12:45:07.000Z",\
    "Signature":"tcc6faL2yUC6dgZdmrwh1Y4cGa","SigningCertURL":"https://sns.us-east-1.amazonaws.com/x.pem",\
    "MessageId":"95df01b4-ee98-5cb9-9903-4c221d41eb5e","Message":\(quoted(message)),\
    "MessageAttributes":{"Test":{"Type":"String","Value":"TestString"}},"Type":"Notification",\
    "UnsubscribeUrl":"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",\
    "TopicArn":"arn:aws:sns:us-east-1:123456789012:sns-lambda","Subject":"TestInvoke"}}]}
    """
  }

  /// What a rule of EventBridge sends on its schedule, and what EventBridge Scheduler does.
  static func schedule(source: String = "aws.events") -> String {
    """
    {"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event",\
    "source":"\(source)","account":"123456789012","time":"2015-10-08T16:53:06Z",\
    "region":"us-east-1","resources":["arn:aws:events:us-east-1:123456789012:rule/my-rule"],\
    "detail":\(source == "aws.events" ? "{}" : #""{}""#)}
    """
  }

  /// A text as a JSON string.
  static func quoted(_ text: String) -> String { JSONValue.string(text).text }
}
