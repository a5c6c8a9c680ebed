"""End to end with every optional part on: through the queue, by the schedule, by the backfill.

The tests of this file are one history, in their order.
"""

import concurrent.futures
import datetime
import io
import json

import pyarrow.parquet
import pytest

import cloud as clouds
import events
import truth
from conftest import EVERYTHING_REGION as REGION

SOURCE, CHECKPOINTS = f"source-{REGION}", f"checkpoints-{REGION}"
TEMPLATE = "checkpoints/{study}/{datatype}/events.parquet"
SEED = 14


@pytest.fixture(scope="module")
def outputs(everything):
    return everything.outputs()["event_log_checkpoint"]


@pytest.fixture(scope="module")
def s3(cloud):
    return cloud.client("s3", REGION)


@pytest.fixture(scope="module")
def stream():
    print(f"seed {SEED}")
    return events.Events(SEED)


def put(s3, pairs):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(
            lambda pair: s3.put_object(Bucket=SOURCE, Key="events/" + pair[0], Body=pair[1]), pairs
        ))


def difference(s3):
    return truth.difference(s3, SOURCE, "events/", CHECKPOINTS, TEMPLATE)


def queue_depth(cloud, url):
    found = cloud.client("sqs", REGION).get_queue_attributes(
        QueueUrl=url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(map(int, found.values()))


def metric(cloud, namespace, name, dimensions, statistic="Sum"):
    now = datetime.datetime.now(datetime.timezone.utc)
    found = cloud.client("cloudwatch", REGION).get_metric_statistics(
        Namespace=namespace, MetricName=name, Period=3600, Statistics=[statistic],
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - datetime.timedelta(hours=1), EndTime=now + datetime.timedelta(hours=1),
    )["Datapoints"]
    return sum(point[statistic] for point in found) if found else None


def test_the_second_plan_has_no_changes(everything):
    assert everything.changes() == {}


def test_two_thousand_events_arrive_through_s3_and_sqs(cloud, s3, stream, outputs):
    put(s3, list(stream.mixture(2000)))
    # What is no event of ours is left alone.
    s3.put_object(Bucket=SOURCE, Key="events/notes.json", Body=b"{}")
    s3.put_object(Bucket=SOURCE, Key="elsewhere/log-submit-1.json", Body=b"{}")
    clouds.wait_for(
        lambda: queue_depth(cloud, outputs["queue_url"]) == 0, 120, "an empty queue"
    )
    assert difference(s3) is None
    assert queue_depth(cloud, outputs["dead_letter_queue_url"]) == 0


def test_nothing_was_listed_for_them(cloud, outputs):
    listings = [
        call for call in cloud.control("calls")
        if call["function"] == outputs["function_name"] and call["action"] == "s3:ListBucket"
        and call["resource"].endswith(SOURCE)
    ]
    assert listings == []


def test_nothing_is_left_for_a_run_over_everything(cloud, s3, stream, outputs):
    # Also the very first one: the notifications have said what is done.
    body = cloud.invoke(REGION, outputs["alias_arn"], {})["body"]
    assert body["complete"] and body["listed"] == 2001, body
    assert body["fetched"] == 0 and body["total_events"] == 0, body
    put(s3, list(stream.mixture(100)))
    clouds.wait_for(lambda: queue_depth(cloud, outputs["queue_url"]) == 0, 60, "an empty queue")
    assert difference(s3) is None
    body = cloud.invoke(REGION, outputs["alias_arn"], {})["body"]
    assert body["complete"] and body["listed"] == 2101, body
    assert body["fetched"] == 0 and body["total_events"] == 0, body
    assert difference(s3) is None


def test_the_schedule_finds_what_the_queue_did_not_bring(cloud, s3, stream, outputs, everything):
    mappings = cloud.client("lambda", REGION)
    uuid = mappings.list_event_source_mappings()["EventSourceMappings"][0]["UUID"]
    mappings.update_event_source_mapping(UUID=uuid, Enabled=False)
    put(s3, list(stream.mixture(300)))
    assert difference(s3) is not None
    cloud.control("fire", rule=outputs["schedule_rule_name"], region=REGION)
    clouds.wait_for(lambda: difference(s3) is None, 60, "the rows of the scheduled run")
    # What the queue brings now is known already.
    mappings.update_event_source_mapping(UUID=uuid, Enabled=True)
    clouds.wait_for(lambda: queue_depth(cloud, outputs["queue_url"]) == 0, 60, "an empty queue")
    assert difference(s3) is None


def etags(s3, end=""):
    return {
        key: s3.head_object(Bucket=CHECKPOINTS, Key=key)["ETag"]
        for key in clouds.objects(s3, CHECKPOINTS) if key.endswith(end)
    }


def test_running_again_writes_nothing(cloud, s3, outputs):
    before = etags(s3)
    answer = cloud.invoke(REGION, outputs["alias_arn"], {})
    assert answer["statusCode"] == 200, answer
    assert answer["body"]["total_events"] == 0
    assert etags(s3) == before


def execute(cloud, outputs, name, **given):
    """Runs the backfill's state machine to its end."""
    states = cloud.client("stepfunctions", REGION)
    execution = states.start_execution(
        stateMachineArn=outputs["backfill_state_machine_arn"], name=name, input=json.dumps(given)
    )["executionArn"]
    ended = clouds.wait_for(
        lambda: (found := states.describe_execution(executionArn=execution))["status"] != "RUNNING"
        and found, 180, "the end of the backfill",
    )
    history = states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    details = [value for event in history for value in event.values() if isinstance(value, dict)]
    failures = [(one["error"], one.get("cause")) for one in details if "error" in one]
    print(failures)
    answers = [one["output"] for one in details if "output" in one and "statusCode" in one["output"]]
    return ended["status"], failures, answers


def test_a_backfill_makes_everything_from_nothing(cloud, s3, outputs):
    for key in clouds.objects(s3, CHECKPOINTS):
        s3.delete_object(Bucket=CHECKPOINTS, Key=key)
    status, failures, answers = execute(cloud, outputs, "from-nothing")
    assert status == "SUCCEEDED", (failures, answers, clouds.objects(s3, CHECKPOINTS))
    assert difference(s3) is None
    before = etags(s3, ".parquet")
    # Named again, in another execution: it knows what it has done.
    status, failures, answers = execute(cloud, outputs, "again", backfill="from-nothing")
    assert status == "SUCCEEDED", (failures, answers)
    assert etags(s3, ".parquet") == before
    # As if one run had done it all: nothing remains for the next, nor of the backfill.
    answer = cloud.invoke(REGION, outputs["alias_arn"], {})
    assert answer["body"]["total_events"] == 0 and answer["body"]["complete"]
    left = clouds.objects(s3, CHECKPOINTS, "checkpoints/_backfill/")
    assert not [key for key in left if key.endswith(".parquet")]


def test_logs_arrive_in_the_log_group(cloud, outputs):
    found = cloud.client("logs", REGION).filter_log_events(logGroupName=outputs["log_group_name"])
    lines = [event["message"] for event in found["events"]]
    assert any(line.startswith("REPORT RequestId: ") for line in lines)
    documents = [json.loads(line) for line in lines if line.startswith("{")]
    messages = [document for document in documents if "message" in document]
    names = {"level", "timestamp", "service", "function_name", "function_request_id"}
    assert messages and names <= set(messages[0])
    assert {document["service"] for document in messages} == {outputs["function_name"]}


def test_every_alarm_has_a_metric_to_look_at(cloud, outputs):
    alarms = cloud.client("cloudwatch", REGION).describe_alarms()["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in alarms} == set(outputs["alarm_names"])
    for alarm in alarms:
        if alarm["Namespace"] == "AWS/SQS":
            continue
        dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
        found = metric(
            cloud, alarm["Namespace"], alarm["MetricName"], dimensions, alarm["Statistic"]
        )
        assert found is not None, alarm["AlarmName"]
        if alarm["AlarmName"].endswith("-no-success"):
            assert found >= alarm["Threshold"]
        else:
            assert found <= alarm["Threshold"], alarm["AlarmName"]


def test_a_checkpoint_that_cannot_be_saved_sets_off_its_alarm(cloud, s3, stream, outputs):
    key = next(key for key in etags(s3) if key.endswith("form/events.parquet"))
    content = s3.get_object(Bucket=CHECKPOINTS, Key=key)["Body"].read()
    s3.put_object(Bucket=CHECKPOINTS, Key=key, Body=b"PAR1 damaged PAR1")
    study = key.split("/")[1]
    form = {"study": study, "datatype": "form", "module": "UDS", "modality": None}
    put(s3, [stream.object(stream.valid() | form)])
    answer = cloud.invoke(REGION, outputs["alias_arn"], {})
    assert answer["statusCode"] in (207, 500), answer
    service = {"service": outputs["function_name"]}
    assert metric(cloud, "EventLogCheckpoint", "CheckpointSaveFailures", service) > 0
    assert metric(
        cloud, "EventLogCheckpoint", "CheckpointSaveFailures",
        service | {"Study": study, "Datatype": "form"},
    ) > 0
    s3.put_object(Bucket=CHECKPOINTS, Key=key, Body=content)
    assert cloud.invoke(REGION, outputs["alias_arn"], {})["statusCode"] == 200
    assert difference(s3) is None


def test_traces_reach_the_daemon(cloud):
    assert cloud.control("traces")


def test_the_table_of_athena_is_that_of_the_files(cloud, s3, outputs):
    database, name = outputs["glue_table"].split(".")
    table = cloud.client("glue", REGION).get_table(DatabaseName=database, Name=name)["Table"]
    columns = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    partitions = [column["Name"] for column in table["PartitionKeys"]]
    assert partitions == ["study", "datatype"]
    names = {"string": "string", "int32": "int", "timestamp[us, tz=UTC]": "timestamp"}
    location = table["Parameters"]["storage.location.template"]
    for key in clouds.objects(s3, CHECKPOINTS):
        if not key.endswith(".parquet"):
            continue
        schema = pyarrow.parquet.read_schema(
            io.BytesIO(s3.get_object(Bucket=CHECKPOINTS, Key=key)["Body"].read())
        )
        in_file = {
            field.name: names[str(field.type)] for field in schema if field.name not in partitions
        }
        assert in_file == columns
        _, study, datatype, _ = key.split("/")
        place = location.replace("${study}", study).replace("${datatype}", datatype)
        assert f"s3://{CHECKPOINTS}/{key}".startswith(place)
        assert study in table["Parameters"]["projection.study.values"].split(",")
        assert datatype in table["Parameters"]["projection.datatype.values"].split(",")


def test_a_backfill_that_cannot_be_planned_fails_with_a_reason(cloud, outputs):
    status, failures, _ = execute(cloud, outputs, "unplanned", backfill="no/name")
    assert status == "FAILED"
    assert "PlanFailed" in [error for error, _ in failures]
