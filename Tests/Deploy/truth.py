"""What checkpoints must hold, by a plain reading of the objects in a bucket; and what they hold."""

import datetime
import io
import re

import event_truth
import pyarrow.parquet

import cloud

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def microseconds(moment):
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def expected(s3, bucket, prefix, template):
    """Rows by key of checkpoint, and how many objects are refused."""
    truth = event_truth.Truth.__new__(event_truth.Truth)
    truth.rows, refused = {}, 0
    for key, modified in cloud.objects(s3, bucket, prefix).items():
        if not re.fullmatch(r"log-.*\.json", key.rsplit("/", 1)[-1]):
            continue
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        try:
            row = event_truth.read(content, microseconds(modified))
        except event_truth.Refused:
            refused += 1
            continue
        if row is None:
            continue
        identity = tuple(row[name] for name in event_truth.IDENTITY)
        known = truth.rows.get(identity)
        if known is None or truth._version(known) < truth._version(row):
            truth.rows[identity] = row
    return truth.files(template), refused


def held(s3, bucket, prefix):
    """Rows by key of checkpoint, as pyarrow reads them."""
    files = {}
    for key in cloud.objects(s3, bucket, prefix):
        if not key.endswith(".parquet") or "/_" in key:
            continue
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        table = pyarrow.parquet.read_table(io.BytesIO(content))
        rows = table.to_pylist()
        for row in rows:
            for name in ("timestamp", "source_modified"):
                if row[name] is not None:
                    row[name] = microseconds(row[name])
        files[key] = rows
    return files


def difference(s3, source, source_prefix, checkpoints, template):
    """None if the checkpoints are what they must be, else a sentence about the first difference."""
    must, _ = expected(s3, source, source_prefix, template)
    are = held(s3, checkpoints, template.partition("{")[0].rpartition("/")[0])
    if set(must) != set(are):
        return f"checkpoints {sorted(set(must) ^ set(are))} are missing or too many"
    for key, rows in must.items():
        if rows == are[key]:
            continue
        if len(rows) != len(are[key]):
            return f"{key} has {len(are[key])} rows, not {len(rows)}"
        index, (one, other) = next(
            (index, pair) for index, pair in enumerate(zip(rows, are[key])) if pair[0] != pair[1]
        )
        return f"{key}, row {index}: {other}, not {one}"
    return None
