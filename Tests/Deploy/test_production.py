"""The example `production`: layers of another pipeline, a held version, notifications."""

import pytest

import cloud as clouds

REGION = "us-west-2"


@pytest.fixture(scope="module")
def layers(cloud, packages):
    """Layers as another pipeline would publish them."""
    lambdas = cloud.client("lambda", REGION)
    return [
        lambdas.publish_layer_version(
            LayerName=name, Content={"ZipFile": (packages / f"{name}-layer.zip").read_bytes()}
        )["LayerVersionArn"] for name in ("swift-runtime", "codecs")
    ]


@pytest.fixture(scope="module")
def variables(cloud, packages, layers):
    cloud.bucket(REGION, "production-source")
    cloud.bucket(REGION, "production-checkpoints")
    topic = cloud.client("sns", REGION).create_topic(Name="operators")["TopicArn"]
    return {
        "source_bucket": "production-source", "checkpoint_bucket": "production-checkpoints",
        "package_directory": packages, "external_layer_arns": layers, "alarm_sns_topic_arn": topic,
    }


@pytest.fixture(scope="module")
def production(cloud, variables):
    stack = cloud.stack("examples/production", REGION, **variables)
    stack.apply()
    return stack


def test_the_pinned_layers_are_used(cloud, production, layers):
    outputs = production.outputs()["event_log_checkpoint"]
    assert outputs["layer_strategy"] == "external" and outputs["alias_name"] == "prod"
    assert [outputs["swift_runtime_layer_arn"], outputs["codecs_layer_arn"]] == layers
    answer = cloud.invoke(REGION, outputs["alias_arn"], {})
    assert answer["statusCode"] == 200, answer
    assert production.changes() == {}


def test_alarms_notify_the_topic(cloud, production, variables):
    for alarm in cloud.client("cloudwatch", REGION).describe_alarms()["MetricAlarms"]:
        assert alarm["AlarmActions"] == [variables["alarm_sns_topic_arn"]]


def test_a_changed_package_runs_once_the_alias_is_moved(
    cloud, production, variables, packages, tmp_path
):
    changed = clouds.changed(packages, tmp_path / "packages", "bootstrap.zip")
    production.set(**variables | {"package_directory": changed, "alias_version": "1"})
    production.apply()
    lambdas = cloud.client("lambda", REGION)
    alias = production.outputs()["event_log_checkpoint"]["alias_arn"]
    assert lambdas.invoke(FunctionName=alias, Payload=b"{}")["ExecutedVersion"] == "1"
    production.set(**variables | {"package_directory": changed, "alias_version": "2"})
    assert production.changes() == {
        "module.event_log_checkpoint.aws_lambda_alias.environment": "update"
    }
    production.apply()
    assert lambdas.invoke(FunctionName=alias, Payload=b"{}")["ExecutedVersion"] == "2"
    production.destroy()
    s3 = cloud.client("s3", REGION)
    assert "checkpoints/_state.json" in clouds.objects(s3, "production-checkpoints")
