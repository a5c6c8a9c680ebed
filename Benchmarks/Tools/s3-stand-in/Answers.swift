import NIOCore

/// The stand-in's answers, made beforehand as far as possible: the processor is the client's.
struct Answers {
  let keys: KeySpace
  /// An object, and its headers alone.
  private let object: ByteBuffer
  private let head: ByteBuffer
  /// Where each entry of a page begins, and the page's entries with zeros for digits.
  private let entryLength: Int
  private let digitsOffset: Int
  private let entries: [UInt8]
  private static let pageSize = 1_000

  init(keys: KeySpace) {
    self.keys = keys
    let body = [UInt8](repeating: UInt8(ascii: "x"), count: 350)
    let headers = """
      HTTP/1.1 200 OK\r
      Content-Length: 350\r
      Content-Type: application/json\r
      ETag: "\(Answers.eTag)"\r
      Last-Modified: Fri, 24 May 2024 00:00:00 GMT\r
      Accept-Ranges: bytes\r
      x-amz-request-id: STANDIN\r
      Date: \(Answers.date)\r
      Server: s3-stand-in\r
      \r

      """
    head = ByteBuffer(string: headers)
    var object = ByteBuffer(string: headers)
    object.writeBytes(body)
    self.object = object

    let before = "<Contents><Key>"
    let entry =
      before + String(decoding: KeySpace.key(0), as: UTF8.self)
      + "</Key><LastModified>2024-05-24T00:00:00.000Z</LastModified><ETag>&quot;\(Answers.eTag)"
      + "&quot;</ETag><Size>350</Size><StorageClass>STANDARD</StorageClass></Contents>"
    entryLength = entry.utf8.count
    digitsOffset = before.utf8.count + KeySpace.prefix.count
    entries = Array(repeatElement(Array(entry.utf8), count: Answers.pageSize).joined())
  }

  /// The MD5 of 350 times the letter x: clients check it.
  static let eTag = "5ecad3e6cb70781b2fbcbf481690e7c4"
  private static let date = "Fri, 24 May 2024 00:00:00 GMT"

  let notFound = ByteBuffer(string: "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

  func get(headOnly: Bool) -> ByteBuffer { headOnly ? head : object }

  /// A page of the listing.
  func page(_ query: [String: String]) -> ByteBuffer {
    let after = query["continuation-token"] ?? query["start-after"]
    let prefix = query["prefix"] ?? ""
    let range = keys.range(prefix: Array(prefix.utf8), after: after.map { Array($0.utf8) })
    let most = min(query["max-keys"].flatMap { Int($0) } ?? Answers.pageSize, Answers.pageSize)
    if let delimiter = query["delimiter"], !delimiter.isEmpty,
      prefix.utf8.count < KeySpace.prefix.count, !range.isEmpty
    {
      return document(
        "<CommonPrefixes><Prefix>events/</Prefix></CommonPrefixes>", count: 1, next: nil)
    }
    let count = min(most, range.count)
    let last = range.lowerBound + count - 1
    let next =
      count < range.count && count > 0
      ? String(decoding: KeySpace.key(last), as: UTF8.self) : nil
    return document("", count: count, next: next, reserving: count * entryLength) { page in
      let start = page.writerIndex
      page.writeBytes(entries[..<(count * entryLength)])
      let offset = start - page.readerIndex + digitsOffset + KeySpace.digits - 1
      page.withUnsafeMutableReadableBytes { bytes in
        for index in 0..<count {
          var rest = range.lowerBound + index
          var position = offset + index * entryLength
          while rest > 0 {
            bytes[position] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
            position -= 1
          }
        }
      }
    }
  }

  private func document(
    _ text: String, count: Int, next: String?, reserving: Int = 0,
    _ write: (inout ByteBuffer) -> Void = { _ in }
  ) -> ByteBuffer {
    var body = ByteBuffer()
    body.reserveCapacity(reserving + 1_024)
    body.writeString(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        + "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bench</Name>"
        + "<KeyCount>\(count)</KeyCount><MaxKeys>1000</MaxKeys>"
        + "<IsTruncated>\(next != nil)</IsTruncated>"
        + (next.map { "<NextContinuationToken>\($0)</NextContinuationToken>" } ?? "") + text)
    write(&body)
    body.writeString("</ListBucketResult>")
    var answer = ByteBuffer(
      string: """
        HTTP/1.1 200 OK\r
        Content-Length: \(body.readableBytes)\r
        Content-Type: application/xml\r
        Date: \(Answers.date)\r
        Server: s3-stand-in\r
        \r

        """)
    answer.writeBuffer(&body)
    return answer
  }
}
