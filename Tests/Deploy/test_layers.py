"""The layers' strategies on real applies: `minimal`, one after another, and a stack beside it.

The tests of this file are one history, in their order.
"""

import json

import pytest

import cloud as clouds

REGION = "eu-central-1"


class History:
    """The stack of `minimal`, and what changes from test to test."""

    def __init__(self, cloud, packages, tmp_path_factory):
        self.cloud = cloud
        cloud.bucket(REGION, "layers-source")
        cloud.bucket(REGION, "layers-checkpoints")
        cloud.client("s3", REGION).put_object(
            Bucket="layers-source", Key="keep.txt", Body=b"not an event object"
        )
        # Of its own directory in place: Terraform takes another path for another layer.
        self.packages = clouds.changed(packages, tmp_path_factory.mktemp("packages"))
        self.variables = {
            "source_bucket": "layers-source", "checkpoint_bucket": "layers-checkpoints",
            "package_directory": self.packages,
        }
        self.stack = cloud.stack("examples/minimal", REGION, **self.variables)
        self.lambdas = cloud.client("lambda", REGION)

    def module(self, **variables):
        """Sets variables of the module that the example leaves out."""
        lines = "".join(f"    {name} = {value}\n" for name, value in variables.items())
        (self.stack.directory / "module_override.tf").write_text(
            f'module "event_log_checkpoint" {{\n{lines}}}\n'
        )

    def outputs(self, stack=None):
        return (stack or self.stack).outputs()["event_log_checkpoint"]

    def versions(self, layer):
        found = self.lambdas.list_layer_versions(LayerName=f"event-log-checkpoint-{layer}")
        return sorted(version["Version"] for version in found["LayerVersions"])

    def layers_in_use(self, function="event-log-checkpoint"):
        found = self.lambdas.get_function(FunctionName=function)["Configuration"]
        return [layer["Arn"] for layer in found.get("Layers", [])]


@pytest.fixture(scope="module")
def history(cloud, packages, tmp_path_factory):
    return History(cloud, packages, tmp_path_factory)


def test_the_first_apply_publishes_into_an_empty_account(history):
    history.stack.apply()
    assert history.versions("swift-runtime") == [1] and history.versions("codecs") == [1]
    outputs = history.outputs()
    assert outputs["layer_strategy"] == "reuse"
    assert history.layers_in_use() == [
        outputs["swift_runtime_layer_arn"], outputs["codecs_layer_arn"]
    ]


def test_the_second_plan_has_no_changes(history):
    assert history.stack.changes() == {}


def test_the_function_runs_with_its_layers(history):
    answer = history.cloud.invoke(REGION, history.outputs()["alias_arn"], {})
    assert answer["statusCode"] == 200, answer


def test_a_second_stack_uses_the_layers_of_the_first(history):
    second = history.cloud.stack(
        "examples/second-stack", REGION, source_bucket="layers-source",
        checkpoint_bucket="layers-checkpoints",
        package_directory=history.packages,
    )
    history.second = second
    second.apply()
    assert history.versions("swift-runtime") == [1] and history.versions("codecs") == [1]
    assert history.layers_in_use("event-log-checkpoint-staging") == history.layers_in_use()
    outputs = history.outputs(second)
    assert outputs["swift_runtime_layer_version"] is None
    assert second.changes() == {}
    assert history.stack.changes() == {}


def test_new_content_of_one_layer_is_a_new_version_of_it(history, packages):
    clouds.changed(packages, history.packages, "codecs-layer.zip")
    history.stack.apply()
    assert history.versions("swift-runtime") == [1] and history.versions("codecs") == [1, 2]
    assert history.outputs()["codecs_layer_version"] == "2"
    assert history.stack.changes() == {}


def test_a_new_function_alone_leaves_the_layers(history, packages):
    clouds.changed(packages, history.packages, "codecs-layer.zip", "bootstrap.zip")
    before = history.outputs()["function_version"]
    changes = history.stack.changes()
    assert set(changes) == {
        "module.event_log_checkpoint.aws_lambda_function.event_log_checkpoint",
        "module.event_log_checkpoint.aws_lambda_alias.environment",
    }
    history.stack.apply()
    assert int(history.outputs()["function_version"]) == int(before) + 1
    assert history.versions("codecs") == [1, 2]


def test_force_publishes_both_once_for_new_packages(history, packages):
    history.module(force_layer_update="true")
    history.stack.apply()
    assert history.versions("swift-runtime") == [1, 2] and history.versions("codecs") == [1, 2, 3]
    assert history.outputs()["layer_strategy"] == "force"
    assert history.stack.changes() == {}
    clouds.changed(packages, history.packages, "codecs-layer.zip")
    history.stack.apply()
    # Only the function's package is another one, and force does not ask which.
    assert history.versions("swift-runtime") == [1, 2, 3]
    assert history.versions("codecs") == [1, 2, 3, 4]


def test_returning_from_force_publishes_nothing(history):
    in_use = history.layers_in_use()
    history.module()
    history.stack.apply()
    assert history.versions("codecs") == [1, 2, 3, 4]
    assert history.layers_in_use() == in_use
    assert history.stack.changes() == {}


def test_external_layers_are_used_and_nothing_is_created(history):
    external = [
        history.lambdas.get_layer_version(
            LayerName=f"event-log-checkpoint-{layer}", VersionNumber=1
        )["LayerVersionArn"] for layer in ("swift-runtime", "codecs")
    ]
    history.module(
        use_external_layer_arns="true", external_layer_arns=json.dumps(external)
    )
    history.stack.apply()
    assert history.layers_in_use() == external
    assert history.outputs()["layer_strategy"] == "external"
    assert history.versions("codecs") == [1, 2, 3, 4]
    assert history.stack.changes() == {}


def test_the_static_package_has_no_layers(history):
    history.module(package='"static"')
    history.stack.apply()
    assert history.layers_in_use() == []
    assert history.outputs()["layer_strategy"] == "none"
    answer = history.cloud.invoke(REGION, history.outputs()["alias_arn"], {})
    assert answer["statusCode"] == 200, answer


def test_the_alias_goes_back_and_forth(history):
    history.module(package='"static"', alias_version='"1"')
    newest = history.outputs()["function_version"]
    changes = history.stack.changes()
    assert set(changes) == {"module.event_log_checkpoint.aws_lambda_alias.environment"}
    history.stack.apply()
    assert history.outputs()["alias_version"] == "1"
    answer = history.lambdas.invoke(FunctionName=history.outputs()["alias_arn"], Payload=b"{}")
    # Version 1 with its layers, which are there as long as nobody removes them.
    assert answer["ExecutedVersion"] == "1" and "FunctionError" not in answer
    history.module(package='"static"')
    history.stack.apply()
    assert history.outputs()["alias_version"] == newest


def test_destroy_leaves_buckets_layers_and_the_second_stack(history):
    history.stack.destroy()
    with pytest.raises(history.lambdas.exceptions.ResourceNotFoundException):
        history.lambdas.get_function(FunctionName="event-log-checkpoint")
    s3 = history.cloud.client("s3", REGION)
    assert "keep.txt" in clouds.objects(s3, "layers-source")
    assert "checkpoints/_state.json" in clouds.objects(s3, "layers-checkpoints")
    assert history.versions("swift-runtime") == [1, 2, 3]
    # The second stack was made with the first content; with that content it plans nothing.
    answer = history.cloud.invoke(REGION, "event-log-checkpoint-staging:staging", {})
    assert answer["statusCode"] == 200, answer


def test_the_second_stack_keeps_its_layers_when_the_first_is_gone(history, packages):
    clouds.changed(packages, history.packages)
    assert history.second.changes() == {}


def test_after_destroy_a_stack_finds_the_layers_that_another_still_uses(history):
    history.module()
    history.stack.apply()
    assert history.versions("swift-runtime") == [1, 2, 3]
    assert history.layers_in_use() == history.layers_in_use("event-log-checkpoint-staging")
    history.stack.destroy()
    history.second.destroy()


def test_after_destroy_of_all_a_stack_publishes_again(history):
    history.stack.apply()
    assert history.versions("swift-runtime") == [1, 2, 3, 4]
    assert history.stack.changes() == {}
    history.stack.destroy()
