"""Which permission a request to S3 needs.

Written from the table "Required permissions for Amazon S3 API operations".
"""

import dataclasses
import urllib.parse


@dataclasses.dataclass(frozen=True)
class Need:
    """An action on a resource; `context` holds condition keys as pairs."""

    action: str
    resource: str
    context: tuple = ()


def needs(method, path, query, headers):
    """What a request in path style needs: usually one permission, two where it copies."""
    bucket, _, key = urllib.parse.unquote(path.lstrip("/")).partition("/")
    names = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    if not bucket:
        return [Need("s3:ListAllMyBuckets", "*")]
    if not key:
        return [_bucket_need(method, f"arn:aws:s3:::{bucket}", names)]
    found = [Need(_object_action(method, names), f"arn:aws:s3:::{bucket}/{key}")]
    if source := headers.get("x-amz-copy-source"):
        source = urllib.parse.unquote(source).lstrip("/").partition("?versionId=")[0]
        found.append(Need("s3:GetObject", f"arn:aws:s3:::{source}"))
    return found


def _bucket_need(method, arn, names):
    if method == "GET" and "uploads" in names:
        return Need("s3:ListBucketMultipartUploads", arn)
    if method == "GET" and "location" in names:
        return Need("s3:GetBucketLocation", arn)
    if method == "POST" and "delete" in names:
        return Need("s3:DeleteObject", f"{arn}/*")
    if method in ("GET", "HEAD"):
        unknown = set(names) - {
            "list-type", "prefix", "delimiter", "start-after", "continuation-token", "max-keys",
            "encoding-type", "fetch-owner", "marker", "x-id",
        }
        if not unknown:
            prefix = names.get("prefix")
            return Need(
                "s3:ListBucket", arn, (("s3:prefix", prefix),) if prefix is not None else ()
            )
    return Need(f"s3:Unknown{method}Bucket", arn)


def _object_action(method, names):
    if method == "GET" and "uploadId" in names:
        return "s3:ListMultipartUploadParts"
    if method == "DELETE":
        return "s3:AbortMultipartUpload" if "uploadId" in names else "s3:DeleteObject"
    if method in ("GET", "HEAD"):
        return "s3:GetObject"
    if method == "PUT" or (method == "POST" and ("uploads" in names or "uploadId" in names)):
        return "s3:PutObject"
    return f"s3:Unknown{method}Object"
