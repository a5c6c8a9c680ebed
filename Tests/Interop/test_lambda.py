"""The function's bootstrap as a process, under a Runtime API in Python, with S3 by moto and rclone."""

import contextlib
import datetime
import json
import os
import pathlib
import uuid

import boto3
import botocore.config
import pyarrow.parquet as pq
import pytest

import event_truth
import moto_server
import runtime_api_peer
import serve

COLUMNS = event_truth.COLUMNS[:-1]
# What Powertools for AWS Lambda (Python) writes into every line.
LOG_KEYS = {
    "level", "location", "message", "timestamp", "service", "cold_start", "function_name",
    "function_memory_size", "function_arn", "function_request_id", "xray_trace_id",
}


@pytest.fixture(scope="module")
def bootstrap():
    path = os.environ.get("BOOTSTRAP_BIN")
    if not path or not pathlib.Path(path).is_file():
        pytest.fail(
            "the function is missing: run `make interop`, or set BOOTSTRAP_BIN to its bootstrap",
            pytrace=False,
        )
    return path


@pytest.fixture(scope="module", params=["moto"])
def endpoint(request):
    """A server of S3's protocol."""
    with moto_server.running(request.param) as url:
        yield url


# rclone writes slowly, so it gets few tests with few objects.
on_both = pytest.mark.parametrize("endpoint", ["moto", "rclone"], indirect=True, scope="module")


@pytest.fixture
def s3(endpoint):
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1",
        aws_access_key_id=serve.ACCESS_KEY, aws_secret_access_key=serve.SECRET_KEY,
        config=botocore.config.Config(s3={"addressing_style": "path"}),
    )


class Function:
    """The function under a Runtime API: what it answers and, once it has ended, what it wrote."""

    def __init__(self, peer, process):
        self.peer, self.process = peer, process
        self.count = 0

    def __call__(self, event, timeout=60, kind="response"):
        self.count += 1
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        answer = self.peer.invoke(payload, f"request-{self.count}", timeout=timeout)
        assert answer.kind == kind, answer
        return answer.json()

    def end(self):
        assert runtime_api_peer.terminate(self.process) == 0, self.process.text()
        assert not self.peer.complaints, self.peer.complaints
        lines = [json.loads(line) for line in self.process.text().splitlines()]
        self.metrics = [line for line in lines if "_aws" in line]
        self.logs = [line for line in lines if "_aws" not in line]

    def metric(self, name, **dimensions):
        """All values of a metric with exactly these dimensions besides the service's."""
        values = []
        for line in self.metrics:
            for directive in line["_aws"]["CloudWatchMetrics"]:
                assert directive["Namespace"] == "EventLogCheckpoint"
                for names in directive["Dimensions"]:
                    here = {name: line[name] for name in names if name != "service"}
                    if here == dimensions and any(m["Name"] == name for m in directive["Metrics"]):
                        value = line[name]
                        values += value if isinstance(value, list) else [value]
        return values


@pytest.fixture
def start(bootstrap, endpoint):
    """Starts the function with some environment; it is held to the protocol to its end."""

    @contextlib.contextmanager
    def started(**environment):
        # Anything else in the environment or in a home directory must not decide about these tests.
        clean = {
            "AWS_ACCESS_KEY_ID": serve.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": serve.SECRET_KEY,
            "AWS_SESSION_TOKEN": "", "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": endpoint,
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_PROFILE": "",
        }
        with runtime_api_peer.running(bootstrap, clean | environment) as (peer, process):
            function = Function(peer, process)
            yield function
            function.end()

    return started


@pytest.fixture
def prefix():
    """A place in the bucket of one's own."""
    return f"t{uuid.uuid4().hex[:8]}/"


def upload(s3, directory, prefix):
    for path in sorted(directory.iterdir()):
        s3.put_object(Bucket="bucket", Key=prefix + path.name, Body=path.read_bytes())


def rows(s3, key, directory):
    """The rows of a checkpoint, all columns but the time at which its object was written."""
    path = directory / uuid.uuid4().hex
    path.write_bytes(s3.get_object(Bucket="bucket", Key=key)["Body"].read())
    table = pq.read_table(path, partitioning=None)
    found = table.select(COLUMNS).to_pylist()
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    for row in found:
        row["timestamp"] = (row["timestamp"] - epoch) // datetime.timedelta(microseconds=1)
    return found


def expected(directory, template="events.parquet"):
    """The rows of each checkpoint, worked out in plain Python, likewise."""
    return {
        key: [{name: row[name] for name in COLUMNS} for row in found]
        for key, found in event_truth.Truth(directory).files(template).items()
    }


def settings(prefix, template="events.parquet"):
    return {
        "SOURCE_BUCKET": "bucket", "SOURCE_PREFIX": f"{prefix}logs/",
        "CHECKPOINT_KEY": f"{prefix}checkpoints/{template}",
    }


def s3_event(*keys, name="ObjectCreated:Put"):
    """A notification, after "Event message structure" in the Amazon S3 User Guide."""
    quote = __import__("urllib.parse").parse.quote_plus
    return {
        "Records": [
            {
                "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1",
                "eventTime": "1970-01-01T00:00:00.000Z", "eventName": name,
                "s3": {
                    "s3SchemaVersion": "1.0", "configurationId": "testConfigRule",
                    "bucket": {"name": "bucket", "arn": "arn:aws:s3:::bucket"},
                    "object": {"key": quote(key, safe="/"), "size": 1024},
                },
            }
            for key in keys
        ]
    }


def sqs_event(*bodies):
    """A batch of messages m0, m1 ..., after "Using Lambda with Amazon SQS"."""
    return {
        "Records": [
            {
                "messageId": f"m{index}", "receiptHandle": "MessageReceiptHandle",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {},
                "md5OfBody": "7b270e59b47ff90a553787216d55d91d", "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:MyQueue",
                "awsRegion": "us-east-1",
            }
            for index, body in enumerate(bodies)
        ]
    }


@on_both
@pytest.mark.parametrize("template", ["events.parquet", "study={study}/{datatype}.parquet"])
def test_a_schedule_keeps_the_checkpoints_current(
    command, s3, start, prefix, tmp_path, template
):
    events = tmp_path / "events"
    command(
        "generate", "--count", 50, "--seed", 31, "--output", events, "--invalid-percent", 10,
        "--sandbox-percent", 5,
    )
    upload(s3, events, f"{prefix}logs/")
    truth = event_truth.Truth(events)
    wanted = expected(events, template)
    with start(**settings(prefix, template)) as function:
        first = function({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}})
        assert first["statusCode"] == 200
        body = first["body"]
        assert body["listed"] == body["fetched"] == truth.events
        assert body["refused"] == len(truth.refused) and body["filtered_events"] == truth.sandbox
        assert body["complete"] is True and body["remaining"] == 0
        assert {g["checkpoint_key"] for g in body["successful_groups"]} == {
            f"{prefix}checkpoints/{key}" for key in wanted
        }
        for key, found in wanted.items():
            assert rows(s3, f"{prefix}checkpoints/{key}", tmp_path) == found, key
        # A warm invocation: nothing is new.
        second = function({})
        assert second["statusCode"] == 200 and second["body"]["fetched"] == 0
        assert function({"action": "verify"})["body"]["proven"] is True

    # What it wrote meanwhile.
    for line in function.logs:
        if "function_request_id" in line:
            assert LOG_KEYS <= set(line), line
            assert line["service"] == "event-log-checkpoint"
    saved = [line for line in function.logs if line["message"] == "Checkpoint saved"]
    assert sorted(line["checkpoint_key"] for line in saved) == sorted(
        f"{prefix}checkpoints/{key}" for key in wanted
    )
    summaries = [line for line in function.logs if line["message"] == "Run done"]
    assert [line["cold_start"] for line in summaries] == [True, False]
    assert function.metric("ColdStart") == [1]
    assert function.metric("ObjectsListed") == [truth.events, truth.events]
    assert function.metric("ObjectsFetched") == [truth.events, 0]
    size = sum(path.stat().st_size for path in events.iterdir())
    assert function.metric("BytesFetched") == [size, 0]
    assert function.metric("EventsRefused") == [len(truth.refused), 0]
    assert function.metric("EventsFiltered") == [truth.sandbox, 0]
    assert function.metric("CheckpointsSaved") == [len(wanted), 0]
    assert sum(function.metric("CheckpointSaveFailures")) == 0
    assert function.metric("Backlog") == [0, 0]
    assert len(function.metric("ExecutionTime")) == 2
    groups = {}
    for row in truth.rows.values():
        group = (row["study"], row["datatype"])
        groups[group] = groups.get(group, 0) + 1
    for (study, datatype), count in groups.items():
        values = function.metric("EventsProcessedByStudyDatatype", Study=study, Datatype=datatype)
        assert values == [count]


@on_both
def test_messages_of_a_queue_have_their_objects_merged(
    command, s3, start, prefix, tmp_path
):
    events = tmp_path / "events"
    command("generate", "--count", 60, "--seed", 32, "--output", events)
    names = sorted(path.name for path in events.iterdir())
    assert len(names) == 60
    logs = f"{prefix}logs/"
    s3.put_object(
        Bucket="bucket", Key=logs + names[0], Body=(events / names[0]).read_bytes())
    with start(**settings(prefix)) as function:
        assert function({})["body"]["fetched"] == 1
        upload(s3, events, logs)
        for first in range(0, 60, 20):
            keys = [logs + name for name in names[first:first + 20]]
            event = sqs_event(
                s3_event(*keys[:5]),
                {"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:::t",
                 "Message": json.dumps(s3_event(*keys[5:10]))},
                *[
                    {"version": "0", "detail-type": "Object Created", "source": "aws.s3",
                     "detail": {"bucket": {"name": "bucket"}, "object": {"key": key, "size": 5}}}
                    for key in keys[10:]
                ],
            )
            assert function(event) == {"batchItemFailures": []}
        assert rows(s3, f"{prefix}checkpoints/events.parquet", tmp_path) == (
            expected(events)["events.parquet"]
        )
        # The safety net finds nothing left to do.
        run = function({})
        assert run["body"]["fetched"] == 0 and run["body"]["complete"] is True
        # Deletions, test events and foreign keys are taken from the queue; what cannot be read or
        # understood is not.
        assert function(sqs_event(
            s3_event(logs + names[0], name="ObjectRemoved:Delete"), "no JSON",
            {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "bucket"},
            s3_event("elsewhere/log-1.json"), s3_event(logs + "notes.txt"), {"hello": "world"},
        )) == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m5"}]}
        assert function({"action": "verify"})["body"]["proven"] is True


def test_a_damaged_checkpoint_keeps_exactly_its_messages(command, s3, start, prefix, tmp_path):
    events = tmp_path / "events"
    command("generate", "--count", 80, "--seed", 33, "--output", events)
    upload(s3, events, f"{prefix}logs/")
    wanted = expected(events, "{datatype}.parquet")
    broken = sorted(wanted)[0]
    key = f"{prefix}checkpoints/{broken}"
    s3.put_object(Bucket="bucket", Key=key, Body=b"PAR1 not really PAR1")
    of_broken = [
        json.loads(path.read_bytes())["datatype"] + ".parquet" == broken
        for path in sorted(events.iterdir())
    ]
    messages = [s3_event(f"{prefix}logs/{path.name}") for path in sorted(events.iterdir())]
    with start(**settings(prefix, "{datatype}.parquet")) as function:
        answer = function(sqs_event(*messages))
        assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == [
            f"m{index}" for index, is_broken in enumerate(of_broken) if is_broken
        ]
        run = function({})
        assert run["statusCode"] == 207
        assert {group["checkpoint_key"] for group in run["body"]["failed_groups"]} == {key}
        assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == b"PAR1 not really PAR1"
        assert function({"action": "rebuild"})["statusCode"] == 200
        for name, found in wanted.items():
            assert rows(s3, f"{prefix}checkpoints/{name}", tmp_path) == found, name
    failures = [line for line in function.logs if line["message"] == "Checkpoint not saved"]
    assert {line["checkpoint_key"] for line in failures} == {key}
    assert all(line["level"] == "ERROR" for line in failures)
    assert sum(function.metric("CheckpointSaveFailures")) > 0


def test_a_notification_without_a_queue_fails_until_its_objects_are_merged(
    command, s3, start, prefix, tmp_path
):
    events = tmp_path / "events"
    command("generate", "--count", 10, "--seed", 34, "--output", events)
    upload(s3, events, f"{prefix}logs/")
    event = s3_event(*[f"{prefix}logs/{path.name}" for path in events.iterdir()])
    checkpoint = f"{prefix}checkpoints/events.parquet"
    s3.put_object(Bucket="bucket", Key=checkpoint, Body=b"damaged")
    with start(**settings(prefix)) as function:
        error = function(event, kind="error")
        assert error["errorType"] == "Function.ObjectsUndone"
        assert f"{prefix}logs/log-" in error["errorMessage"]
        s3.delete_object(Bucket="bucket", Key=checkpoint)
        answer = function(event)
        assert answer["statusCode"] == 200 and answer["body"]["fetched"] == 10
        assert rows(s3, checkpoint, tmp_path) == expected(events)["events.parquet"]


def test_wrong_settings_are_answered_and_end_nothing(start, prefix):
    wrong = settings(prefix, "{centre}.parquet") | {
        "SOURCE_BUCKET": "", "BUCKET": "", "OVERLAP_MINUTES": "soon",
    }
    with start(**wrong) as function:
        for event in (b"", {}, {"action": "verify"}):
            answer = function(event)
            assert answer["statusCode"] == 400
            variables = [problem["variable"] for problem in answer["body"]["problems"]]
            assert variables == ["SOURCE_BUCKET", "CHECKPOINT_KEY", "OVERLAP_MINUTES"]
        assert function(sqs_event("x")) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
        assert function(s3_event("a"), kind="error")["errorType"] == "Function.Configuration"
    at_init = [line for line in function.logs if "function_request_id" not in line]
    assert {line.get("variable") for line in at_init} >= {
        "SOURCE_BUCKET", "CHECKPOINT_KEY", "OVERLAP_MINUTES",
    }


def test_events_that_nobody_knows_are_the_status_400(start, prefix):
    with start(**settings(prefix)) as function:
        for event in (b"{", [1], {"hello": "world"}, {"action": "fly"}, {"prefix": 1}):
            answer = function(event)
            assert answer["statusCode"] == 400 and answer["body"]["error"], answer


def test_the_python_functions_variables_will_do(command, s3, start, prefix, tmp_path):
    events = tmp_path / "events"
    command("generate", "--count", 30, "--seed", 35, "--output", events)
    upload(s3, events, f"{prefix}logs/")
    template = "{study}/{datatype}.parquet"
    with start(
        BUCKET="bucket", PREFIX=f"{prefix}logs/", CHECKPOINT_KEY_TEMPLATE=f"{prefix}c/{template}",
        POWERTOOLS_SERVICE_NAME="visits", POWERTOOLS_LOG_LEVEL="DEBUG",
    ) as function:
        assert function({})["statusCode"] == 200
        for key, found in expected(events, template).items():
            assert rows(s3, f"{prefix}c/{key}", tmp_path) == found
    assert {line["service"] for line in function.logs} == {"visits"}
    assert any(line["level"] == "DEBUG" for line in function.logs)
    assert all(line["service"] == "visits" for line in function.metrics)


def test_the_command_and_the_function_go_on_from_each_other(
    command, s3, start, prefix, tmp_path, endpoint, monkeypatch
):
    for name, value in {
        "AWS_ACCESS_KEY_ID": serve.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": serve.SECRET_KEY,
        "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": endpoint,
    }.items():
        monkeypatch.setenv(name, value)
    events = tmp_path / "events"
    command("generate", "--count", 40, "--seed", 36, "--output", events)
    upload(s3, events, f"{prefix}logs/")
    with start(**settings(prefix)) as function:
        assert function({})["body"]["fetched"] == 40
        here = json.loads(command(
            "run", "--source", f"s3://bucket/{prefix}logs/", "--json",
            "--checkpoint", f"s3://bucket/{prefix}checkpoints/events.parquet",
        ).stdout)
        assert here["statusCode"] == 200 and here["body"]["fetched"] == 0
        there = function({})
        assert set(there["body"]) == set(here["body"])
        assert there["body"]["fetched"] == 0


def test_a_backfill_in_batches_comes_to_what_one_run_does(command, s3, start, prefix, tmp_path):
    events = tmp_path / "events"
    command(
        "generate", "--count", 200, "--seed", 37, "--output", events, "--invalid-percent", 3,
        "--sandbox-percent", 3,
    )
    upload(s3, events, f"{prefix}logs/")
    truth = event_truth.Truth(events)
    template = "{datatype}.parquet"
    with start(**settings(prefix, template)) as function:
        plan = function({"action": "backfill-plan", "backfill": "b-1", "batchSize": 32})
        assert plan["statusCode"] == 200
        place = plan["body"]
        assert place["bucket"] == "bucket" and place["objects"] == truth.events
        assert place["manifest"].startswith(f"{prefix}checkpoints/_backfill/b-1/")
        # As Distributed Map reads it: an array, whose elements are the workers' events.
        manifest = json.loads(
            s3.get_object(Bucket=place["bucket"], Key=place["manifest"])["Body"].read()
        )
        assert len(manifest) == place["batches"] == -(-truth.events // 32)
        # Merging before all is there merges what there is, and is not complete.
        assert function(manifest[0])["statusCode"] == 200
        early = function({"action": "backfill-merge", "backfill": "b-1"})
        assert early["body"]["complete"] is False and early["body"]["remaining"] == 0
        assert early["body"]["batches_missing"] == len(manifest) - 1
        for item in reversed(manifest):
            answer = function(item)
            assert answer["statusCode"] == 200, answer
        assert function(manifest[0])["body"]["done_before"] is True
        merged = function({"action": "backfill-merge", "backfill": "b-1"})
        assert merged["statusCode"] == 200 and merged["body"]["complete"] is True, merged
        assert merged["body"]["remaining"] == 0
        for key, found in expected(events, template).items():
            assert rows(s3, f"{prefix}checkpoints/{key}", tmp_path) == found, key
        # The state is as if one run had done it all.
        run = function({})
        assert run["body"]["fetched"] == 0 and run["body"]["complete"] is True, run
        assert run["body"]["warnings"] == []
        assert function({"action": "verify"})["body"]["proven"] is True
        again = function({"action": "backfill-merge", "backfill": "b-1"})
        assert again["body"]["complete"] is True and again["body"]["remaining"] == 0
        none = function({"action": "backfill-merge", "backfill": "b-2"})
        assert none["statusCode"] == 500 and "Plan it first" in none["body"]["error"]
