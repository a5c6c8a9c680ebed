"""The module as text, and with a mocked provider."""

import pathlib
import re

import pytest

from local_aws import terraform

ROOTS = [".", *sorted(
    str(path.relative_to(terraform.MODULE)) for path in (terraform.MODULE / "examples").iterdir()
    if path.is_dir()
)]


@pytest.fixture(scope="module")
def module(terraform_found):
    workspace = terraform.Workspace()
    workspace.init()
    yield workspace
    workspace.close()


def test_everything_is_formatted(module):
    assert module.run("fmt", "-check", "-recursive", "-diff")[1] == ""


@pytest.mark.parametrize("root", ROOTS)
def test_configurations_are_valid(terraform_found, root):
    workspace = terraform.Workspace(root)
    workspace.init()
    assert "The configuration is valid" in workspace.run("validate", "-no-color")[1]
    workspace.close()


def test_the_module_does_what_its_tests_say(module):
    printed = module.run("test", "-no-color", statuses=(0, 1))[1]
    assert re.search(r"Success! \d+ passed, 0 failed", printed), printed


# What operators have in their files already, and what it was when they left it out.
KNOWN = {
    "source_bucket": None, "checkpoint_bucket": None,
    "checkpoint_key": '"checkpoints/events.parquet"', "environment": '"dev"',
    "log_level": '"INFO"', "lambda_timeout": "900", "lambda_memory_size": "3008",
    "log_retention_days": "30", "reuse_existing_layers": "true",
    "use_external_layer_arns": "false", "external_layer_arns": "[]",
    "force_layer_update": "false", "alarm_sns_topic_arn": '""',
}


@pytest.mark.parametrize(("name", "default"), KNOWN.items())
def test_known_variables_keep_their_names_and_defaults(name, default):
    text = (terraform.MODULE / "variables.tf").read_text()
    block = re.search(rf'^variable "{name}" {{\n(.*?)^}}', text, re.DOTALL | re.MULTILINE).group(1)
    found = re.search(r"^  default\s+= (.*)$", block, re.MULTILINE)
    assert (found.group(1) if found else None) == default


def test_every_variable_and_output_is_described():
    for path in terraform.MODULE.rglob("*.tf"):
        text = path.read_text()
        for kind, name, block in re.findall(
            r'^(variable|output) "(\w+)" {\n(.*?)^}', text, re.DOTALL | re.MULTILINE
        ):
            assert re.search(r'^  description = ".{10,}[.]"$', block, re.MULTILINE), (
                pathlib.Path(path).name, kind, name,
            )
