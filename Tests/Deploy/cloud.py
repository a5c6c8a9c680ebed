"""A local AWS for the tests, and what they ask of it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import zipfile

import boto3
import botocore.config

from local_aws import terraform

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
PACKAGES = pathlib.Path(
    os.environ.get("LAMBDA_PACKAGES")
    or pathlib.Path(__file__).resolve().parents[2] / ".build" / "lambda-local"
)


class Cloud:
    """A local AWS in a process of its own."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="cloud-")
        ready = pathlib.Path(self._directory.name, "ready")
        self.log = pathlib.Path(self._directory.name, "log")
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local_aws", "serve", "--port", "0", "--ready-file", ready,
                 "--retry-seconds", "1", "2"],
                env=os.environ | {"PYTHONPATH": str(SCRIPTS)}, stdout=log, stderr=log,
            )
        wait_for(lambda: ready.exists() and ready.read_text(), 60, "the local AWS")
        self.endpoint = ready.read_text()

    def close(self):
        self._process.terminate()
        self._process.wait(30)
        self._directory.cleanup()

    def client(self, service, region):
        """A client as an operator has it."""
        return boto3.client(
            service, region_name=region, endpoint_url=self.endpoint,
            aws_access_key_id="operator", aws_secret_access_key="local",
            config=botocore.config.Config(
                s3={"addressing_style": "path"}, read_timeout=120, retries={"max_attempts": 1}
            ),
        )

    def control(self, what, **query):
        """Looks behind the scenes, or makes trouble."""
        url = f"{self.endpoint}/_local_aws/{what}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)

    def bucket(self, region, name):
        location = {} if region == "us-east-1" else {
            "CreateBucketConfiguration": {"LocationConstraint": region}
        }
        self.client("s3", region).create_bucket(Bucket=name, **location)
        return name

    def invoke(self, region, function, event):
        """Invokes a function; returns its answer."""
        answer = self.client("lambda", region).invoke(
            FunctionName=function, Payload=json.dumps(event).encode(), LogType="Tail"
        )
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def stack(self, root, region, **variables):
        """A root module, initialised, with values for its variables; to be applied."""
        workspace = terraform.Workspace(root, self.endpoint, region)
        workspace.init()
        workspace.set(**variables)
        return workspace


def wait_for(condition, seconds, what):
    """Waits until a condition holds, and returns what it gave."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not come about within {seconds} seconds")
        time.sleep(0.25)
    return found


def objects(s3, bucket, prefix=""):
    """Keys, and when they were modified."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {
        found["Key"]: found["LastModified"] for page in pages for found in page.get("Contents", [])
    }


def changed(source, target, *names):
    """A copy of a directory of packages, in which some hold a file more."""
    target.mkdir(parents=True, exist_ok=True)
    for path in source.glob("*.zip"):
        copy = target / path.name
        copy.write_bytes(path.read_bytes())
        if path.name in names:
            with zipfile.ZipFile(copy, "a") as archive:
                archive.writestr(zipfile.ZipInfo("CHANGED", (1980, 1, 1, 0, 0, 0)), "changed")
    return target
