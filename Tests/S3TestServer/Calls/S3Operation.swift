/// The calls of S3's API that the server knows, by AWS's names.
package enum S3Operation: String, Sendable, CaseIterable {
  case createBucket = "CreateBucket"
  case headBucket = "HeadBucket"
  case listObjectsV2 = "ListObjectsV2"
  case getObject = "GetObject"
  case headObject = "HeadObject"
  case putObject = "PutObject"
  case deleteObject = "DeleteObject"
  case deleteObjects = "DeleteObjects"
  case copyObject = "CopyObject"
  case createMultipartUpload = "CreateMultipartUpload"
  case uploadPart = "UploadPart"
  case uploadPartCopy = "UploadPartCopy"
  case completeMultipartUpload = "CompleteMultipartUpload"
  case abortMultipartUpload = "AbortMultipartUpload"
  case unknown = "Unknown"
}
