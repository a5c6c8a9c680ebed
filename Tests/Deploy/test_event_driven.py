"""What goes wrong on the way through the queue: poison, and functions that die at their work.

The tests of this file are one history, in their order.
"""

import json

import pytest

import cloud as clouds
import events
import truth
from conftest import EVENT_DRIVEN_REGION as REGION

SOURCE, CHECKPOINTS = f"source-{REGION}", f"checkpoints-{REGION}"
TEMPLATE = "checkpoints/events.parquet"


@pytest.fixture(scope="module")
def outputs(event_driven):
    return event_driven.outputs()["event_log_checkpoint"]


@pytest.fixture(scope="module")
def s3(cloud):
    return cloud.client("s3", REGION)


def depth(cloud, url):
    found = cloud.client("sqs", REGION).get_queue_attributes(
        QueueUrl=url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(map(int, found.values()))


def difference(s3):
    return truth.difference(s3, SOURCE, "", CHECKPOINTS, TEMPLATE)


def test_the_second_plan_has_no_changes(event_driven):
    assert event_driven.changes() == {}


def test_a_poisoned_message_goes_aside_alone_and_a_killed_function_loses_nothing(
    cloud, s3, outputs
):
    queue = cloud.client("sqs", REGION)
    poison = "no notification of anything"
    queue.send_message(QueueUrl=outputs["queue_url"], MessageBody=poison)
    stream = events.Events(1)
    # Early, in the middle, and late in the work: each dies with all that it held in memory.
    for calls in (2, 60, 140):
        cloud.control("kill-after", calls=calls)
        for name, content in stream.mixture(120):
            s3.put_object(Bucket=SOURCE, Key=name, Body=content)
        clouds.wait_for(
            lambda: depth(cloud, outputs["queue_url"]) <= 1, 120, "the redelivery of what was lost"
        )
        assert difference(s3) is None
    log = cloud.client("logs", REGION).filter_log_events(logGroupName=outputs["log_group_name"])
    assert any("REPORT RequestId" in event["message"] for event in log["events"])

    dead = clouds.wait_for(
        lambda: queue.receive_message(QueueUrl=outputs["dead_letter_queue_url"]).get("Messages"),
        120, "the dead letter",
    )
    assert [message["Body"] for message in dead] == [poison]
    assert depth(cloud, outputs["queue_url"]) == 0


def test_a_scheduled_run_that_is_killed_is_made_good_by_the_next(cloud, s3, outputs):
    lambdas = cloud.client("lambda", REGION)
    uuid = lambdas.list_event_source_mappings()["EventSourceMappings"][0]["UUID"]
    lambdas.update_event_source_mapping(UUID=uuid, Enabled=False)
    for name, content in events.Events(2).mixture(150):
        s3.put_object(Bucket=SOURCE, Key="more/" + name, Body=content)
    cloud.control("kill-after", calls=100)
    answer = lambdas.invoke(FunctionName=outputs["alias_arn"], Payload=b"{}")
    assert answer.get("FunctionError") == "Unhandled"
    assert "Runtime exited" in json.loads(answer["Payload"].read())["errorMessage"]
    assert cloud.invoke(REGION, outputs["alias_arn"], {})["statusCode"] in (200, 207)
    assert difference(s3) is None
    lambdas.update_event_source_mapping(UUID=uuid, Enabled=True)


def test_a_run_out_of_time_commits_what_it_has(cloud, s3, outputs):
    lambdas = cloud.client("lambda", REGION)
    uuid = lambdas.list_event_source_mappings()["EventSourceMappings"][0]["UUID"]
    lambdas.update_event_source_mapping(UUID=uuid, Enabled=False)
    for name, content in events.Events(3).mixture(150):
        s3.put_object(Bucket=SOURCE, Key="slow/" + name, Body=content)
    # So slow, two at once, that 18 of 20 seconds do not suffice for all of them.
    cloud.control("delay", milliseconds=400)
    try:
        answer = cloud.invoke(REGION, outputs["alias_arn"], {})
    finally:
        cloud.control("delay", milliseconds=0)
    assert answer["statusCode"] in (200, 207) and not answer["body"]["complete"], answer
    assert answer["body"]["remaining"] > 0
    answer = cloud.invoke(REGION, outputs["alias_arn"], {})
    assert answer["body"]["complete"] and difference(s3) is None
    lambdas.update_event_source_mapping(UUID=uuid, Enabled=True)
    clouds.wait_for(lambda: depth(cloud, outputs["queue_url"]) == 0, 120, "an empty queue")


def test_a_changed_package_is_a_new_version_and_the_queue_invokes_it(
    cloud, s3, event_driven, packages, outputs, tmp_path
):
    changed = clouds.changed(packages, tmp_path / "packages", "bootstrap.zip")
    event_driven.set(
        source_bucket=SOURCE, checkpoint_bucket=CHECKPOINTS, package_directory=changed,
        lambda_timeout=20, deadline_margin_seconds=2, queue_batching_window_seconds=1,
        queue_visibility_timeout_seconds=20,
    )
    event_driven.apply()
    after = event_driven.outputs()["event_log_checkpoint"]
    assert int(after["function_version"]) == int(outputs["function_version"]) + 1
    assert event_driven.changes() == {}
    name, content = events.Events(4).object(events.Events(4).valid())
    s3.put_object(Bucket=SOURCE, Key="new/" + name, Body=content)
    clouds.wait_for(lambda: difference(s3) is None, 60, "the row of the new version")
    assert {one["version"] for one in cloud.control("environments")
            if one["function"] == outputs["function_name"]} >= {after["function_version"]}


def test_destroy_keeps_the_buckets_and_what_is_in_them(cloud, s3, event_driven):
    before = (len(clouds.objects(s3, SOURCE)), len(clouds.objects(s3, CHECKPOINTS)))
    event_driven.destroy()
    assert (len(clouds.objects(s3, SOURCE)), len(clouds.objects(s3, CHECKPOINTS))) == before
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=SOURCE)
    assert cloud.client("sqs", REGION).list_queues().get("QueueUrls", []) == []
