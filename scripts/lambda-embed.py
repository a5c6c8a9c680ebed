"""Runs the example lambda-embed against moto, and checks with pyarrow what it has done.

    lambda-embed.py PROGRAM EVENTS

EVENTS is a directory of event files, as `event-checkpoint generate` writes them, all of them valid.
"""

import io
import json
import os
import pathlib
import subprocess
import sys
import urllib.parse

import boto3
import botocore.config
import pyarrow.parquet as pq

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests" / "Interop"))
import moto_server

program, events = sys.argv[1], sorted(pathlib.Path(sys.argv[2]).glob("log-*.json"))
assert len(events) > 20, events


def notification(keys):
    """What S3 sends to a queue, and the queue to the function."""
    records = [
        {"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1",
         "eventName": "ObjectCreated:Put", "eventTime": "2026-01-01T00:00:00.000Z",
         "s3": {"bucket": {"name": "visits"}, "object": {"key": urllib.parse.quote_plus(key), "size": 1}}}
        for key in keys
    ]
    message = {"messageId": "m-1", "receiptHandle": "r", "body": json.dumps({"Records": records}),
               "eventSource": "aws:sqs"}
    return {"Records": [message]}


with moto_server.running() as endpoint:
    environment = os.environ | {
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": endpoint,
    }
    os.environ |= environment
    s3 = boto3.client("s3", config=botocore.config.Config(s3={"addressing_style": "path"}))
    s3.create_bucket(Bucket="visits")

    def put(files):
        for file in files:
            s3.put_object(Bucket="visits", Key=file.name, Body=file.read_bytes())

    def rows():
        body = s3.get_object(Bucket="visits", Key="checkpoints/events.parquet")["Body"].read()
        return pq.read_table(io.BytesIO(body)).num_rows

    def answers(*lines):
        """What the worker prints, an answer to each line."""
        process = subprocess.run(
            [program, "visits"], env=environment, input="".join(line + "\n" for line in lines),
            capture_output=True, text=True, timeout=120)
        assert process.returncode == 0, process.stderr
        return [json.loads(line) for line in process.stdout.splitlines()]

    # What a schedule brings: everything is listed.
    put(events[:-5])
    first, second = answers("{}", "nonsense")
    assert first["statusCode"] == 200, first
    assert second["statusCode"] == 400, second
    assert rows() == len(events) - 5, rows()
    # What a queue brings: only what it names is read.
    put(events[-5:])
    queued = json.dumps(notification(file.name for file in events[-5:]))
    assert answers(queued) == [{"batchItemFailures": []}]
    assert rows() == len(events), rows()
print("The function works in another host.")
