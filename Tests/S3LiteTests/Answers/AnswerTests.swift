import Foundation
import S3Lite
import TestSupport
import Testing

@Suite("S3's answers")
struct AnswerTests {
  static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  static func listing(_ text: String) throws -> ListObjectsV2Result {
    try ListObjectsV2Result(body: bytes(text).span.bytes)
  }

  /// Reads an answer and forgets it.
  struct Reading: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let document: String
    let read: @Sendable ([UInt8]) throws -> String
  }

  static let readings = [
    Reading(testDescription: "listing", document: DocumentedAnswers.listing) {
      String(describing: try ListObjectsV2Result(body: $0.span.bytes))
    },
    Reading(
      testDescription: "listing with a delimiter", document: DocumentedAnswers.listingWithDelimiter
    ) {
      String(describing: try ListObjectsV2Result(body: $0.span.bytes))
    },
    Reading(testDescription: "listing to go on", document: DocumentedAnswers.listingToGoOn) {
      String(describing: try ListObjectsV2Result(body: $0.span.bytes))
    },
    Reading(testDescription: "initiated", document: DocumentedAnswers.initiated) {
      String(describing: try InitiateMultipartUploadResult(body: $0.span.bytes))
    },
    Reading(testDescription: "completed", document: DocumentedAnswers.completed) {
      String(describing: try CompleteMultipartUploadResult(body: $0.span.bytes))
    },
    Reading(testDescription: "copied", document: DocumentedAnswers.copied) {
      String(describing: try CopyObjectResult(body: $0.span.bytes))
    },
    Reading(testDescription: "copied part", document: DocumentedAnswers.copiedPart) {
      String(describing: try CopyPartResult(body: $0.span.bytes))
    },
    Reading(testDescription: "deleted", document: DocumentedAnswers.deleted) {
      String(describing: try DeleteResult(body: $0.span.bytes))
    },
  ]

  @Test("a listing is read")
  func listing() throws {
    let page = try Self.listing(DocumentedAnswers.listing)
    #expect(page.name == "bucket")
    #expect(page.prefix == "")
    #expect(page.keyCount == 205)
    #expect(page.maxKeys == 1_000)
    #expect(!page.isTruncated)
    #expect(page.nextContinuationToken == nil)
    #expect(page.contents.count == 1)
    let object = try #require(page.contents.first)
    #expect(object.key == "my-image.jpg")
    #expect(object.lastModified == 1_255_369_830_000_000)
    #expect(object.eTag == "\"fba9dede5f27731c9771645a39863328\"")
    #expect(object.size == 434_234)
    #expect(object.storageClass == "STANDARD")
  }

  @Test("common prefixes and continuation tokens are read")
  func prefixesAndTokens() throws {
    let divided = try Self.listing(DocumentedAnswers.listingWithDelimiter)
    #expect(divided.commonPrefixes == ["photos/2006/February/", "photos/2006/January/"])
    #expect(divided.delimiter == "/")
    #expect(divided.contents.map(\.eTag) == ["\"d41d8cd98f00b204e9800998ecf8427e\""])
    let truncated = try Self.listing(DocumentedAnswers.listingToGoOn)
    #expect(truncated.isTruncated)
    #expect(
      truncated.nextContinuationToken == "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=")
  }

  @Test("a completed upload is read under the name that moto gives it")
  func motoCompletes() throws {
    // As moto 5.2.1 answered a CompleteMultipartUpload of botocore's.
    let answer = Array(
      """
      <?xml version="1.0" encoding="utf-8"?>
      <CompleteMultipartUploadResponse xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
      <Location>http://bkt.s3.amazonaws.com/mp3</Location><Bucket>bkt</Bucket><Key>mp3</Key>\
      <ETag>"bccb8986cc6b395e4f045d410c776698-1"</ETag></CompleteMultipartUploadResponse>
      """.utf8)
    let result = try CompleteMultipartUploadResult(body: answer.span.bytes)
    #expect(result.eTag == "\"bccb8986cc6b395e4f045d410c776698-1\"")
    #expect(throws: S3Error.self) { try CopyPartResult(body: answer.span.bytes) }
  }

  @Test("keys are percent-decoded where the answer says that they are encoded, wherever it does")
  func encodedKeys() throws {
    let content = """
      <Contents><Key>a+b%2Bc%20%25%C3%A9%0A%01</Key><LastModified>2024-01-02T03:04:05.678Z\
      </LastModified><Size>1</Size><Owner><ID>x</ID></Owner></Contents>\
      <CommonPrefixes><Prefix>d%2F+</Prefix></CommonPrefixes><Prefix>p+</Prefix>
      """
    let encoding = "<EncodingType>url</EncodingType>"
    let flag = "<IsTruncated>false</IsTruncated>"
    func page(_ children: String) throws -> ListObjectsV2Result {
      try Self.listing("<ListBucketResult>\(children)</ListBucketResult>")
    }
    for children in [encoding + flag + content, content + flag + encoding] {
      let page = try page(children)
      #expect(page.contents.map(\.key) == ["a b+c %é\n\u{1}"])
      #expect(page.commonPrefixes == ["d/ "])
      #expect(page.prefix == "p ")
      #expect(page.contents.map(\.lastModified) == [1_704_164_645_678_000])
    }
    let plain = try page(flag + content)
    #expect(plain.contents.map(\.key) == ["a+b%2Bc%20%25%C3%A9%0A%01"])
    for broken in ["%", "%2", "%G0", "%FF", "%C3"] {
      let children =
        encoding + flag + content.replacingOccurrences(of: "a+b", with: broken + "<!---->")
      let error = #expect(throws: S3Error.self) { try page(children) }
      #expect(error?.code == .invalidAnswer)
    }
  }

  @Test("every key survives a listing that Python has written")
  func foreignListings() async throws {
    let seed: UInt64 = 1_000
    var random = SplitMix64(seed: seed)
    let alphabet = Array("abc/.%+ <>&;\"'#é漢🎉=?\\\u{7F}\u{85}\u{2028}").map(String.init)
    let pages = (0..<40).map { _ in
      (0..<random.below(50)).map { _ in
        (0...random.below(30)).map { _ in random.pick(alphabet) }.joined()
      }
    }
    let answers = try await PythonPeer.exchange(
      "xml_peer.py", ["write-listing"],
      messages: pages.map { [UInt8](try JSONEncoder().encode($0)) })
    for (keys, answer) in zip(pages, answers) {
      let body = try #require(answer)
      let page = try ListObjectsV2Result(body: body.span.bytes)
      #expect(page.contents.map(\.key) == keys, "seed \(seed)")
      #expect(page.contents.map(\.eTag) == keys.map { "\"\($0)\"" }, "seed \(seed)")
      #expect(page.contents.map(\.size) == keys.map(\.utf8.count), "seed \(seed)")
    }
  }

  @Test(
    "a listing that would lose objects is refused",
    arguments: [
      "", "<IsTruncated>true</IsTruncated>", "<IsTruncated>yes</IsTruncated>",
      "<IsTruncated>true</IsTruncated><NextContinuationToken/>",
      "<IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>1</Size></Contents>",
      """
      <IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>-1</Size>\
      <LastModified>2024-01-02T03:04:05Z</LastModified></Contents>
      """,
      """
      <IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>99999999999999999999</Size>\
      <LastModified>2024-01-02T03:04:05Z</LastModified></Contents>
      """,
      """
      <IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>1</Size>\
      <LastModified>2024-02-30T03:04:05Z</LastModified></Contents>
      """,
      "<IsTruncated>false</IsTruncated>text", "<IsTruncated><b/>false</IsTruncated>",
      "<IsTruncated>false</IsTruncated><EncodingType>base64</EncodingType>",
    ])
  func incompleteListings(_ children: String) {
    let error = #expect(throws: S3Error.self) {
      try Self.listing("<ListBucketResult>\(children)</ListBucketResult>")
    }
    #expect(error?.code == .invalidAnswer)
    #expect(error?.underlying is XMLError)
  }

  @Test("multipart uploads, copies and deletions are read")
  func others() throws {
    let initiated = try InitiateMultipartUploadResult(
      body: Self.bytes(DocumentedAnswers.initiated).span.bytes)
    #expect(
      initiated.uploadID == "VXBsb2FkIElEIGZvciA2aWWpbmcncyBteS1tb3ZpZS5tMnRzIHVwbG9hZA")
    #expect(initiated.bucket == "example-bucket")
    #expect(initiated.key == "example-object")

    let checksums = """
      <ChecksumCRC64NVME>rosUhgp5mIg=</ChecksumCRC64NVME><ChecksumCRC32C>4waSgw==</ChecksumCRC32C>\
      <ChecksumType>FULL_OBJECT</ChecksumType></CompleteMultipartUploadResult>
      """
    let completed = try CompleteMultipartUploadResult(
      body: Self.bytes(
        " \n "
          + DocumentedAnswers.completed.replacingOccurrences(
            of: "</CompleteMultipartUploadResult>", with: checksums)
      ).span.bytes)
    #expect(completed.eTag == "\"3858f62230ac3c915f300c664312c11f-9\"")
    #expect(completed.location == "http://Example-Bucket.s3.us-west-2.amazonaws.com/Example-Object")
    #expect(completed.checksums.crc64nvme == "rosUhgp5mIg=")
    #expect(completed.checksums.crc32c == "4waSgw==")
    #expect(completed.checksums.type == "FULL_OBJECT")

    let copied = try CopyObjectResult(body: Self.bytes(DocumentedAnswers.copied).span.bytes)
    #expect(copied.eTag == "\"9b2cf535f27731c974343645a3985328\"")
    #expect(copied.lastModified == 1_256_769_120_000_000)
    let part = try CopyPartResult(body: Self.bytes(DocumentedAnswers.copiedPart).span.bytes)
    #expect(part.lastModified == 1_302_554_096_000_000)

    let deletion = try DeleteResult(body: Self.bytes(DocumentedAnswers.deleted).span.bytes)
    #expect(deletion.deleted.map(\.key) == ["sample1.txt", "SampleDocument.txt"])
    #expect(deletion.deleted.map(\.isDeleteMarker) == [false, true])
    #expect(deletion.deleted.last?.versionID == "OYcLXagmS.WaD..oyH4KRguB95_YhLs7")
    #expect(deletion.failures.map(\.key) == ["sample2.txt"])
    #expect(deletion.failures.first?.code == .accessDenied)
  }

  @Test("an error behind a status of 200 is thrown", arguments: readings)
  func lateErrors(_ reading: Reading) {
    let error = #expect(throws: S3Error.self) {
      try reading.read(Self.bytes("  \n" + DocumentedAnswers.failedAfterStatus200.dropFirst(39)))
    }
    #expect(error?.code == .internalError)
    #expect(error?.httpStatus == 200)
    #expect(error?.retryability == .transient)
    #expect(error?.hostID == "Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7/C1NPcfTWAtRPfTaOFg==")
  }

  @Test("an answer to something else is refused", arguments: readings)
  func mixedUp(_ reading: Reading) {
    for other in ["<Other/>", "<a>", "", "   ", "{}", "<html><body>503</body></html>"] {
      let error = #expect(throws: S3Error.self) { try reading.read(Self.bytes(other)) }
      #expect(error?.code == .invalidAnswer)
    }
  }

  @Test("an answer that is cut anywhere is refused", arguments: readings)
  func truncations(_ reading: Reading) throws {
    let document = Self.bytes(reading.document)
    _ = try reading.read(document)
    for length in document.indices {
      let error = #expect(throws: S3Error.self, "cut at \(length)") {
        try reading.read(Array(document[..<length]))
      }
      #expect(error?.code == .invalidAnswer)
    }
  }

  @Test(
    "an answer with changed bytes is read or refused, and never more than that", arguments: readings
  )
  func byteFlips(_ reading: Reading) {
    let document = Self.bytes(reading.document)
    var random = SplitMix64(seed: UInt64(document.count))
    var refusals = 0
    for _ in 0..<1_500 {
      var damaged = document
      for _ in 0...random.below(3) {
        damaged[random.below(damaged.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      do {
        _ = try reading.read(damaged)
      } catch {
        refusals += 1
        #expect(error is S3Error)
      }
    }
    #expect(refusals > 300)
  }
}
