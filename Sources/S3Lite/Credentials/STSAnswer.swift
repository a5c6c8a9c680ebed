/// The XML answers of STS.
enum STSAnswer {
  /// The credentials in the answer to a call that gives some; nil where they cannot be read.
  static func credentials(in body: [UInt8]) -> ExpiringCredentials? {
    try? readCredentials(body.span.bytes)
  }

  /// The error in an answer; nil where it cannot be read.
  static func error(in body: [UInt8]) -> (code: String, message: String)? {
    try? readError(body.span.bytes)
  }

  private static func readCredentials(_ body: RawSpan) throws(XMLError) -> ExpiringCredentials? {
    var reader = try XMLReader(S3AnswerBody.document(in: body))
    guard try reader.nextChild()?.hasSuffix("Response") == true else { return nil }
    while let name = try reader.nextChild() {
      guard name.hasSuffix("Result") else {
        try reader.skip()
        continue
      }
      while let name = try reader.nextChild() {
        guard name == "Credentials" else {
          try reader.skip()
          continue
        }
        return try readFields(&reader)
      }
    }
    return nil
  }

  private static func readFields(_ reader: inout XMLReader) throws(XMLError)
    -> ExpiringCredentials?
  {
    var id = ""
    var secret = ""
    var token = ""
    var expiration: Int64?
    while let name = try reader.nextChild() {
      switch name {
      case "AccessKeyId": id = try reader.readText()
      case "SecretAccessKey": secret = try reader.readText()
      case "SessionToken": token = try reader.readText()
      case "Expiration": expiration = try reader.readTime()
      default: try reader.skip()
      }
    }
    guard !id.isEmpty, !secret.isEmpty, !token.isEmpty, let expiration else { return nil }
    return ExpiringCredentials(
      credentials: AWSCredentials(
        accessKeyID: id, secretAccessKey: secret, sessionToken: token),
      expiration: expiration)
  }

  private static func readError(_ body: RawSpan) throws(XMLError) -> (
    code: String, message: String
  )? {
    var reader = try XMLReader(S3AnswerBody.document(in: body))
    guard try reader.nextChild() == "ErrorResponse" else { return nil }
    while let name = try reader.nextChild() {
      guard name == "Error" else {
        try reader.skip()
        continue
      }
      var code = ""
      var message = ""
      while let name = try reader.nextChild() {
        switch name {
        case "Code": code = try reader.readText()
        case "Message": message = try reader.readText()
        default: try reader.skip()
        }
      }
      return code.isEmpty ? nil : (code, message)
    }
    return nil
  }
}
