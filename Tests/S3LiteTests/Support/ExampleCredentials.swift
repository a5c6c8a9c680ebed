import S3Lite

/// The credentials that AWS's documentation signs its examples with. They open nothing.
enum ExampleCredentials {
  static let documentation = AWSCredentials(
    accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
  )

  /// Midnight of the examples' day: 2013-05-24T00:00:00Z.
  static let documentationTime: Int64 = 1_369_353_600
}
