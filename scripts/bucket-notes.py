"""Runs the example bucket-notes against moto, and checks with boto3 what it has done.

    bucket-notes.py PROGRAM
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import urllib.request

import boto3
import botocore.config

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests" / "Interop"))
import moto_server

program = sys.argv[1]
with moto_server.running() as endpoint:
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": endpoint,
    }
    s3 = boto3.client("s3", config=botocore.config.Config(s3={"addressing_style": "path"}))
    s3.create_bucket(Bucket="notes")

    # Several writers at once: none may lose another's line.
    def note(number):
        return subprocess.run(
            [program, "notes", f"note {number}"], capture_output=True, text=True, check=True,
            timeout=60,
        ).stdout

    with concurrent.futures.ThreadPoolExecutor() as pool:
        outputs = list(pool.map(note, range(6)))
    body = s3.get_object(Bucket="notes", Key="notes/today.txt")["Body"].read()
    assert sorted(body.decode().splitlines()) == [f"note {number}" for number in range(6)], body
    print(outputs[-1], end="")
    assert "notes/today.txt" in outputs[-1]
    url = re.search(r"http\S+", outputs[-1])[0]
    assert urllib.request.urlopen(url, timeout=10).read() == body
