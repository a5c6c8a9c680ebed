"""`event-checkpoint lambda invoke`: the loop in this process, and bootstraps that others wrote."""

import io
import json
import stat
import sys

import boto3
import botocore.config
import moto_server
import pyarrow.parquet as pq
import pytest
import runtime_api_peer

# A runtime by Python's http.client alone, as AWS documents the Runtime API.
BOOTSTRAP = """#!{python}
import http.client, json, os, sys, time

mode = "{mode}"
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

def call(method, path, body=None, headers={{}}):
    connection.request(method, "/2018-06-01/runtime/" + path, body, headers)
    response = connection.getresponse()
    return response.status, response.headers, response.read()

print("a line of the log")
if mode == "end":
    sys.exit(7)
if mode == "init":
    report = json.dumps({{"errorType": "Runtime.NoWay", "errorMessage": "no", "stackTrace": []}})
    status, _, _ = call("POST", "init/error", report, {{"Lambda-Runtime-Function-Error-Type": "Runtime.NoWay"}})
    sys.exit(1 if status == 202 else 99)
while True:
    status, headers, event = call("GET", "invocation/next")
    if status != 200:
        sys.exit(98)
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    remaining = int(headers["Lambda-Runtime-Deadline-Ms"]) / 1000 - time.time()
    if mode == "hang":
        time.sleep(600)
    elif mode == "fail":
        report = json.dumps({{"errorType": "Oops", "errorMessage": "no", "stackTrace": []}})
        path, body = "error", report
    else:
        # An answer to what was not asked is refused, and so is a call that does not exist.
        refused = [
            call("POST", "invocation/another/response", "1")[0],
            call("POST", "invocation/next")[0], call("GET", "invocation")[0], call("GET", "invocation/next")[0],
            call("POST", "init/error", "1")[0],
        ]
        answer = {{
            "event": json.loads(event), "remaining": remaining, "type": headers["Content-Type"],
            "arn": headers["Lambda-Runtime-Invoked-Function-Arn"], "trace": headers["Lambda-Runtime-Trace-Id"],
            "refused": refused, "function": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        }}
        path, body = "response", json.dumps(answer)
    status, _, said = call("POST", f"invocation/{{request_id}}/{{path}}", body)
    if status != 202 or json.loads(said) != {{"status": "OK"}}:
        sys.exit(97)
"""


@pytest.fixture
def bootstrap(tmp_path):
    def make(mode):
        path = tmp_path / "bootstrap"
        path.write_text(BOOTSTRAP.format(python=sys.executable, mode=mode))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


def test_serves_a_runtime_of_others(command, bootstrap, tmp_path):
    event = tmp_path / "event.json"
    event.write_text('{"a": [1, "\u00e9"]}')
    trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1"
    process = command(
        "lambda", "invoke", "--bootstrap", bootstrap("answer"), "--event", event, "--timeout", 60,
        "--trace-header", trace)
    answer = json.loads(process.stdout)
    assert answer["event"] == {"a": [1, "\u00e9"]}
    assert 0 < answer["remaining"] <= 60
    assert answer["type"] == "application/json"
    assert answer["arn"].startswith("arn:aws:lambda:")
    assert answer["trace"] == trace
    assert answer["refused"] == [400, 405, 404, 403, 403]
    assert answer["function"]
    assert "a line of the log" in process.stderr


@pytest.mark.parametrize(
    ("mode", "status", "complaint"),
    [("fail", 1, "failed"), ("init", 1, "ready"), ("end", 3, "status 7"), ("hang", 3, "within 1 second")])
def test_says_what_became_of_an_invocation(command, bootstrap, mode, status, complaint):
    process = command("lambda", "invoke", "--bootstrap", bootstrap(mode), "--timeout", 1 if mode == "hang" else 60,
                      status=status)
    assert complaint in process.stderr
    error = {"fail": "Oops", "init": "Runtime.NoWay"}.get(mode)
    assert (json.loads(process.stdout)["errorType"] if error else process.stdout or None) == error


# What AWS's own runtime for Python runs.
HANDLER = """
def answer(event, context):
    print("a line of the log")
    return {
        "event": event, "id": context.aws_request_id, "arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(), "memory": context.memory_limit_in_mb,
        "custom": context.client_context and context.client_context.custom,
        "identity": context.identity and context.identity.cognito_identity_id,
    }

def fail(event, context):
    raise LookupError("no \u00e9")
"""


@pytest.fixture
def aws_bootstrap(tmp_path):
    """A bootstrap that is awslambdaric, the client that AWS's images for Python have."""
    (tmp_path / "handlers.py").write_text(HANDLER, encoding="utf-8")

    def make(handler):
        path = tmp_path / "bootstrap"
        path.write_text(
            f'#!/bin/sh\ncd "{tmp_path}" && exec "{sys.executable}" -m awslambdaric handlers.{handler}\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


def test_serves_the_runtime_that_aws_wrote(command, aws_bootstrap, tmp_path):
    event = tmp_path / "event.json"
    event.write_text('{"a": [1, "\u00e9"]}', encoding="utf-8")
    process = command(
        "lambda", "invoke", "--bootstrap", aws_bootstrap("answer"), "--event", event, "--timeout", 60)
    answer = json.loads(process.stdout)
    assert answer["event"] == {"a": [1, "\u00e9"]}
    assert answer["id"] and answer["arn"].startswith("arn:aws:lambda:")
    assert 0 < answer["remaining"] <= 60_000
    assert int(answer["memory"]) > 0
    assert "a line of the log" in process.stderr


def test_says_what_the_runtime_that_aws_wrote_reports(command, aws_bootstrap):
    process = command("lambda", "invoke", "--bootstrap", aws_bootstrap("fail"), status=1)
    error = json.loads(process.stdout)
    assert (error["errorType"], error["errorMessage"]) == ("LookupError", "no \u00e9")
    assert "in fail" in error["stackTrace"][0]
    process = command("lambda", "invoke", "--bootstrap", aws_bootstrap("absent"), status=1)
    assert json.loads(process.stdout)["errorType"] == "Runtime.HandlerNotFound"


def test_the_peer_of_our_loop_suits_the_runtime_that_aws_wrote(aws_bootstrap):
    """What the tests of our loop hold it to is what AWS's client does."""
    with runtime_api_peer.running(aws_bootstrap("answer")) as (peer, process):
        context = {"Lambda-Runtime-Client-Context": '{"custom":{"a":"b"}}',
                   "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"one","cognitoIdentityPoolId":"two"}'}
        answer = peer.invoke(b'{"a":1}', headers=context)
        assert answer.kind == "response"
        assert answer.json()["event"] == {"a": 1}
        assert (answer.json()["custom"], answer.json()["identity"]) == ({"a": "b"}, "one")
        assert peer.invoke(b"{", "2").kind == "error"
        assert peer.invoke(b"[]", "3").json()["event"] == []
        # It leaves out what AWS documents as optional, and what we are held to all the same.
        assert all("invocation/2/error: has " in complaint for complaint in peer.complaints), peer.complaints


def test_wrong_usage_is_said(command, tmp_path):
    assert "no-such-file" in command("lambda", "invoke", "--event", tmp_path / "no-such-file", status=1).stderr
    assert "--timeout" in command("lambda", "invoke", "--timeout", 901, status=64).stderr
    missing = command("lambda", "invoke", "--bootstrap", tmp_path / "no-such-program", status=3)
    assert "no-such-program" in missing.stderr


@pytest.fixture(scope="module")
def bucket():
    """A client of a bucket `visits`, and what the function needs to reach it."""
    with moto_server.running() as endpoint:
        environment = {
            "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": endpoint,
        }
        client = boto3.client(
            "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="testing",
            aws_secret_access_key="testing", config=botocore.config.Config(s3={"addressing_style": "path"}))
        client.create_bucket(Bucket="visits")
        yield client, environment


def test_runs_the_function_in_this_process(command, bucket, tmp_path, monkeypatch):
    client, environment = bucket
    command("generate", "--count", 120, "--seed", 9, "--output", tmp_path / "events")
    files = sorted((tmp_path / "events").glob("log-*.json"))
    for file in files:
        client.put_object(Bucket="visits", Key=f"logs/{file.name}", Body=file.read_bytes())
    for name, value in (environment | {"SOURCE_BUCKET": "visits", "SOURCE_PREFIX": "logs/"}).items():
        monkeypatch.setenv(name, value)
    for _ in range(2):
        answer = json.loads(command("lambda", "invoke").stdout)
        assert answer["statusCode"] == 200, answer
        body = client.get_object(Bucket="visits", Key="checkpoints/events.parquet")["Body"].read()
        assert pq.read_table(io.BytesIO(body)).num_rows == len(files)

    # What was not understood is an answer of the function, not an error of it.
    event = tmp_path / "event.json"
    event.write_text('{"action": "dance"}')
    assert json.loads(command("lambda", "invoke", "--event", event).stdout)["statusCode"] == 400
    # And where nobody redelivers it is an error.
    record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": "us-east-1",
              "eventVersion": "2.1", "eventTime": "2026-01-01T00:00:00.000Z",
              "s3": {"bucket": {"name": "visits"}, "object": {"key": "logs/log-x.json", "size": 1}}}
    event.write_text(json.dumps({"Records": [record]}))
    monkeypatch.setenv("SOURCE_BUCKET", "no_such_bucket!")
    failed = command("lambda", "invoke", "--event", event, status=1)
    error = json.loads(failed.stdout)
    assert error["errorType"] and "SOURCE_BUCKET" in error["errorMessage"], error


def test_wrong_settings_are_named(command, monkeypatch):
    for name in ("SOURCE_BUCKET", "BUCKET"):
        monkeypatch.delenv(name, raising=False)
    answer = json.loads(command("lambda", "invoke").stdout)
    assert answer["statusCode"] == 400 and "SOURCE_BUCKET" in json.dumps(answer)
