/// The sample answers of the Amazon S3 API Reference.
enum DocumentedAnswers {
  static let listing = """
    <?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Name>bucket</Name>
        <Prefix/>
        <KeyCount>205</KeyCount>
        <MaxKeys>1000</MaxKeys>
        <IsTruncated>false</IsTruncated>
        <Contents>
            <Key>my-image.jpg</Key>
            <LastModified>2009-10-12T17:50:30.000Z</LastModified>
            <ETag>"fba9dede5f27731c9771645a39863328"</ETag>
            <Size>434234</Size>
            <StorageClass>STANDARD</StorageClass>
        </Contents>
    </ListBucketResult>
    """

  static let listingWithDelimiter = """
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <Name>example-bucket</Name>
      <Prefix>photos/2006/</Prefix>
      <KeyCount>3</KeyCount>
      <MaxKeys>1000</MaxKeys>
      <Delimiter>/</Delimiter>
      <IsTruncated>false</IsTruncated>
      <Contents>
        <Key>photos/2006/</Key>
        <LastModified>2016-04-30T23:51:29.000Z</LastModified>
        <ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag>
        <Size>0</Size>
        <StorageClass>STANDARD</StorageClass>
      </Contents>
      <CommonPrefixes>
        <Prefix>photos/2006/February/</Prefix>
      </CommonPrefixes>
      <CommonPrefixes>
        <Prefix>photos/2006/January/</Prefix>
      </CommonPrefixes>
    </ListBucketResult>
    """

  static let listingToGoOn = """
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <Name>bucket</Name>
      <Prefix></Prefix>
      <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
      <KeyCount>1000</KeyCount>
      <MaxKeys>1000</MaxKeys>
      <IsTruncated>true</IsTruncated>
      <Contents>
        <Key>happyface.jpg</Key>
        <LastModified>2014-11-21T19:40:05.000Z</LastModified>
        <ETag>"70ee1738b6b21e2c8a43f3a5ab0eee71"</ETag>
        <Size>11</Size>
        <StorageClass>STANDARD</StorageClass>
      </Contents>
    </ListBucketResult>
    """

  static let error = """
    <?xml version="1.0" encoding="UTF-8"?>
    <Error>
      <Code>NoSuchKey</Code>
      <Message>The resource you requested does not exist</Message>
      <Resource>/mybucket/myfoto.jpg</Resource>
      <RequestId>4442587FB7D0A2F9</RequestId>
    </Error>
    """

  static let initiated = """
    <?xml version="1.0" encoding="UTF-8"?>
    <InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <Bucket>example-bucket</Bucket>
      <Key>example-object</Key>
      <UploadId>VXBsb2FkIElEIGZvciA2aWWpbmcncyBteS1tb3ZpZS5tMnRzIHVwbG9hZA</UploadId>
    </InitiateMultipartUploadResult>
    """

  static let completed = """
    <?xml version="1.0" encoding="UTF-8"?>
    <CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <Location>http://Example-Bucket.s3.us-west-2.amazonaws.com/Example-Object</Location>
      <Bucket>Example-Bucket</Bucket>
      <Key>Example-Object</Key>
      <ETag>"3858f62230ac3c915f300c664312c11f-9"</ETag>
    </CompleteMultipartUploadResult>
    """

  static let failedAfterStatus200 = """
    <?xml version="1.0" encoding="UTF-8"?>


    <Error>
     <Code>InternalError</Code>
     <Message>We encountered an internal error. Please try again.</Message>
     <RequestId>656c76696e6727732072657175657374</RequestId>
     <HostId>Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7/C1NPcfTWAtRPfTaOFg==</HostId>
    </Error>
    """

  static let copied = """
    <?xml version="1.0" encoding="UTF-8"?>
    <CopyObjectResult>
      <LastModified>2009-10-28T22:32:00</LastModified>
      <ETag>"9b2cf535f27731c974343645a3985328"</ETag>
    </CopyObjectResult>
    """

  static let copiedPart = """
    <?xml version="1.0" encoding="UTF-8"?>
    <CopyPartResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <LastModified>2011-04-11T20:34:56.000Z</LastModified>
      <ETag>"9b2cf535f27731c974343645a3985328"</ETag>
    </CopyPartResult>
    """

  static let deleted = """
    <?xml version="1.0" encoding="UTF-8"?>
    <DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <Deleted>
        <Key>sample1.txt</Key>
      </Deleted>
      <Deleted>
        <Key>SampleDocument.txt</Key>
        <VersionId>OYcLXagmS.WaD..oyH4KRguB95_YhLs7</VersionId>
        <DeleteMarker>true</DeleteMarker>
        <DeleteMarkerVersionId>NeQt5xeFTfgPJD8B4CGWnkSLtluMr11s</DeleteMarkerVersionId>
      </Deleted>
      <Error>
        <Key>sample2.txt</Key>
        <Code>AccessDenied</Code>
        <Message>Access Denied</Message>
      </Error>
    </DeleteResult>
    """
}
