"""The end of the stack that has every optional part."""

import cloud as clouds
from conftest import EVERYTHING_REGION as REGION


def test_destroy_keeps_the_buckets_and_what_is_in_them(cloud, everything):
    s3 = cloud.client("s3", REGION)
    buckets = [f"source-{REGION}", f"checkpoints-{REGION}"]
    before = {bucket: clouds.objects(s3, bucket) for bucket in buckets}
    assert all(before.values())
    everything.destroy()
    assert {bucket: clouds.objects(s3, bucket) for bucket in buckets} == before
    assert cloud.client("stepfunctions", REGION).list_state_machines()["stateMachines"] == []
    assert cloud.client("glue", REGION).get_databases()["DatabaseList"] == []
    assert cloud.client("cloudwatch", REGION).describe_alarms()["MetricAlarms"] == []
    groups = cloud.client("logs", REGION).describe_log_groups()["logGroups"]
    assert groups == []
