/// How much of a document is read.
struct XMLLimits: Sendable {
  /// The size of the document in bytes. A page of 1,000 keys of 1,024 bytes, each byte
  /// percent-encoded, is about 3.5 MB.
  var documentSize = 32 << 20
  /// How deeply elements nest. S3's answers are 5 deep at most.
  var depth = 32
  /// How many attributes an element has.
  var attributes = 32
}
