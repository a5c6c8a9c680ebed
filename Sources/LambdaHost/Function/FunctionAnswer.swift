import CheckpointCore

// What the function answers, as JSON.

extension RunAnswer {
  /// The answer to an event or a command that is not understood, or cannot be done as it is meant.
  static func refused(_ error: FunctionEventError) -> RunAnswer {
    RunAnswer(
      statusCode: 400,
      body: .object([("error", .string(error.description)), ("code", .string("event"))]))
  }

  /// The answer as it is sent.
  var bytes: [UInt8] { Array(json.text.utf8) }
}

/// The answer about messages of SQS: the ids of those that the queue must keep. Lambda takes
/// anything else in it for an answer that says nothing.
///
/// AWS Lambda Developer Guide, "Implementing partial batch responses".
struct QueueAnswer {
  /// The ids, in the order of the messages.
  let failed: [String]

  /// The answer as it is sent.
  var bytes: [UInt8] {
    let items = failed.map { JSONValue.object([("itemIdentifier", .string($0))]) }
    return Array(JSONValue.object([("batchItemFailures", .array(items))]).text.utf8)
  }
}
