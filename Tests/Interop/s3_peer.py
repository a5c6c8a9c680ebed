"""Calls every operation of the tests' S3 server with AWS's own client, and checks what it answers.

    s3_peer.py ENDPOINT ACCESS_KEY SECRET_KEY

The server must have an empty bucket `peer`, and take parts of 5,000 bytes. Nothing is printed where all is well.
"""

import base64
import datetime
import hashlib
import sys
import zlib

import botocore.config
import botocore.exceptions
import botocore.session

ODD_KEYS = [
    "plain", "with space", "a+b", "100%", "%41", "ünï/ço∂é", "e\u0301", "\u00e9", "//", "/a", "a//b",
    "a/../b", "./a", "..", "a/", "a?b#c&d=e", "quote\"'<>", "🎉", "x" * 1024, "tab\tkey",
]


def main():
    endpoint, access_key, secret_key = sys.argv[1:]

    def client(secret=secret_key, region="us-east-1", **options):
        return botocore.session.get_session().create_client(
            "s3", region_name=region, endpoint_url=endpoint, aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            config=botocore.config.Config(
                s3={"addressing_style": "path"}, retries={"max_attempts": 0}, **options
            ),
        )

    s3 = client()

    def refused(code, function, **arguments):
        try:
            function(Bucket="peer", **arguments)
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == code, (code, error.response)
            return error.response
        raise AssertionError(f"{function.__name__} was to fail with {code}")

    # Whole and part, conditions.
    put = s3.put_object(
        Bucket="peer", Key="a", Body=b"0123456789", ContentType="text/plain",
        Metadata={"color": "blue"}, Tagging="k=v%20w", StorageClass="STANDARD_IA",
    )
    tag = put["ETag"]
    assert tag == '"' + hashlib.md5(b"0123456789").hexdigest() + '"'
    assert put["ChecksumCRC32"] == base64.b64encode(
        zlib.crc32(b"0123456789").to_bytes(4, "big")
    ).decode()
    got = s3.get_object(Bucket="peer", Key="a", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"0123456789" and got["ETag"] == tag
    assert got["Metadata"] == {"color": "blue"} and got["ContentType"] == "text/plain"
    assert got["StorageClass"] == "STANDARD_IA" and got["TagCount"] == 1
    age = datetime.datetime.now(datetime.timezone.utc) - got["LastModified"]
    assert -2 < age.total_seconds() < 5
    for asked, bytes_, content_range in [
        ("bytes=2-4", b"234", "bytes 2-4/10"), ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"), ("bytes=5-99", b"56789", "bytes 5-9/10"),
    ]:
        part = s3.get_object(Bucket="peer", Key="a", Range=asked)
        assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert part["Body"].read() == bytes_ and part["ContentRange"] == content_range
    refused("InvalidRange", s3.get_object, Key="a", Range="bytes=10-")
    assert s3.get_object(Bucket="peer", Key="a", IfMatch=tag)["ETag"] == tag
    refused("PreconditionFailed", s3.get_object, Key="a", IfMatch='"x"')
    refused("304", s3.get_object, Key="a", IfNoneMatch=tag)
    refused("NoSuchKey", s3.get_object, Key="none")
    refused("404", s3.head_object, Key="none")
    assert s3.head_object(Bucket="peer", Key="a")["ContentLength"] == 10

    # Conditional writes.
    refused("PreconditionFailed", s3.put_object, Key="a", IfNoneMatch="*", Body=b"x")
    refused("PreconditionFailed", s3.put_object, Key="a", IfMatch='"x"', Body=b"x")
    refused("NoSuchKey", s3.put_object, Key="none", IfMatch=tag, Body=b"x")
    s3.put_object(Bucket="peer", Key="b", IfNoneMatch="*", Body=b"x")
    s3.put_object(Bucket="peer", Key="a", IfMatch=tag, Body=b"other")

    # Integrity.
    refused("BadDigest", s3.put_object, Key="c", Body=b"x", ChecksumCRC32="AAAAAA==")
    refused("InvalidRequest", s3.put_object, Key="c", Body=b"x", ChecksumCRC32="AA==")
    refused("BadDigest", s3.put_object, Key="c", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    trailer = client(request_checksum_calculation="when_supported")
    trailer.put_object(Bucket="peer", Key="c", Body=open(__file__, "rb"))
    assert s3.get_object(Bucket="peer", Key="c")["Body"].read() == open(__file__, "rb").read()

    # Copies.
    s3.copy_object(Bucket="peer", Key="copy", CopySource={"Bucket": "peer", "Key": "a"})
    assert s3.get_object(Bucket="peer", Key="copy")["Body"].read() == b"other"
    refused(
        "PreconditionFailed", s3.copy_object, Key="copy", CopySource="peer/a",
        CopySourceIfMatch='"x"',
    )
    refused("InvalidRequest", s3.copy_object, Key="a", CopySource="peer/a")
    refused("NoSuchKey", s3.copy_object, Key="a", CopySource="peer/none")

    # Multipart.
    five = b"5" * 5_000
    upload = s3.create_multipart_upload(Bucket="peer", Key="big", Metadata={"m": "1"})["UploadId"]
    this = {"Key": "big", "UploadId": upload}
    tags = [
        s3.upload_part(Bucket="peer", PartNumber=1, Body=five, **this)["ETag"],
        s3.upload_part(Bucket="peer", PartNumber=2, Body=b"tail", **this)["ETag"],
    ]
    parts = [{"PartNumber": number + 1, "ETag": tag} for number, tag in enumerate(tags)]
    complete = s3.complete_multipart_upload
    refused("InvalidPartOrder", complete, MultipartUpload={"Parts": parts[::-1]}, **this)
    refused(
        "InvalidPart", complete,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"x"'}]}, **this,
    )
    done = complete(Bucket="peer", MultipartUpload={"Parts": parts}, IfNoneMatch="*", **this)
    digests = b"".join(bytes.fromhex(tag.strip('"')) for tag in tags)
    assert done["ETag"] == '"' + hashlib.md5(digests).hexdigest() + '-2"'
    assert s3.get_object(Bucket="peer", Key="big")["Body"].read() == five + b"tail"

    upload = s3.create_multipart_upload(Bucket="peer", Key="big")["UploadId"]
    this = {"Key": "big", "UploadId": upload}
    copied = [
        s3.upload_part_copy(
            Bucket="peer", PartNumber=number, CopySource="peer/big", CopySourceRange=range_,
            CopySourceIfMatch=done["ETag"], **this,
        )["CopyPartResult"]["ETag"]
        for number, range_ in [(1, "bytes=0-4999"), (2, "bytes=5000-5003")]
    ]
    assert copied == tags
    refused(
        "PreconditionFailed", s3.upload_part_copy, PartNumber=3, CopySource="peer/big",
        CopySourceIfMatch='"x"', **this,
    )
    small = [{"PartNumber": 2, "ETag": tags[1]}]
    s3.upload_part(Bucket="peer", PartNumber=3, Body=b"end", **this)
    refused(
        "EntityTooSmall", complete,
        MultipartUpload={
            "Parts": small + [
                {"PartNumber": 3, "ETag": '"' + hashlib.md5(b"end").hexdigest() + '"'}
            ]
        },
        **this,
    )
    parts = {"Parts": parts}
    refused("PreconditionFailed", complete, MultipartUpload=parts, IfNoneMatch="*", **this)
    refused("PreconditionFailed", complete, MultipartUpload=parts, IfMatch='"x"', **this)
    complete(Bucket="peer", MultipartUpload=parts, IfMatch=done["ETag"], **this)
    upload = s3.create_multipart_upload(Bucket="peer", Key="big")["UploadId"]
    s3.abort_multipart_upload(Bucket="peer", Key="big", UploadId=upload)
    refused("NoSuchUpload", s3.abort_multipart_upload, Key="big", UploadId=upload)

    # Keys of all kinds, listed in the order of their bytes, and deleted.
    everything = [key["Key"] for key in s3.list_objects_v2(Bucket="peer")["Contents"]]
    answer = s3.delete_objects(
        Bucket="peer", Delete={"Objects": [{"Key": key} for key in everything]}
    )
    assert [gone["Key"] for gone in answer["Deleted"]] == everything
    for key in ODD_KEYS:
        s3.put_object(Bucket="peer", Key=key, Body=key.encode())
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket="peer", PaginationConfig={"PageSize": 3}
    )
    listed = [entry["Key"] for page in pages for entry in page["Contents"]]
    assert listed == sorted(ODD_KEYS, key=str.encode), listed
    after = s3.list_objects_v2(Bucket="peer", StartAfter="a/../b")["Contents"]
    assert [e["Key"] for e in after] == [k for k in listed if k.encode() > b"a/../b"]
    rolled = s3.list_objects_v2(Bucket="peer", Delimiter="/")
    assert [p["Prefix"] for p in rolled["CommonPrefixes"]] == ["./", "/", "a/", "ünï/"]
    for key in ODD_KEYS:
        assert s3.get_object(Bucket="peer", Key=key)["Body"].read() == key.encode(), key
        s3.delete_object(Bucket="peer", Key=key)
    assert s3.list_objects_v2(Bucket="peer")["KeyCount"] == 0

    # Who may.
    s3 = client(secret="wrong")
    refused("SignatureDoesNotMatch", s3.get_object, Key="a")
    # The client reads the right region from the refusal, and asks again.
    client(region="eu-west-1").list_objects_v2(Bucket="peer")
    s3 = client()
    refused("AccessDenied", s3.list_objects_v2, ExpectedBucketOwner="999999999999")
    s3.list_objects_v2(Bucket="peer", ExpectedBucketOwner="111122223333")


main()
