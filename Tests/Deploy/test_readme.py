"""docs/deploy/README.md, executed: what a block says to type is typed, in its order."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

import cloud as clouds
from local_aws import terraform

REGION = "us-east-1"
README = (terraform.MODULE / "README.md").read_text()
HEADINGS = re.split(r"^## ", README, flags=re.MULTILINE)[1:]

# What a block must print, beyond ending well; by heading, and the block's number below it.
PRINTED = {
    ("Quick start", 1): ["Apply complete!"],
    ("Quick start", 2): ['"statusCode":200', "checkpoints/_state.json"],
    ("Layers", 1): ["layer:event-log-checkpoint-codecs:1"],
    ("Updating only the function", 2): ["Apply complete!"],
    ("Rollback", 1): ["1 changed, 0 destroyed", '"1"'],
    ("Rollback", 3): ["0 added, 1 changed, 0 destroyed"],
    ("Several environments", 1): [
        "Apply complete!", "Destroy complete!", 'Switched to workspace "default"',
    ],
    ("Monitoring", 1): ["event-log-checkpoint-errors", "REPORT RequestId", "#dashboards/"],
    ("Backfill", 1): ["executionArn"],
    ("Backfill", 2): ["executionArn"],
    ("Cleanup", 1): ["Destroy complete!", "log-submit", "_state.json"],
}


def blocks(when=""):
    for section in HEADINGS:
        heading = section.splitlines()[0]
        found = re.findall(rf"<!-- run{when} -->\n```sh\n(.*?)```", section, re.DOTALL)
        for number, text in enumerate(found, 1):
            yield pytest.param(heading, number, text, id=f"{heading} {number}")


@pytest.fixture(scope="module")
def place(cloud, packages):
    """A clone's docs/deploy with packages, and the two buckets that the README names."""
    cloud.bucket(REGION, "my-event-log")
    cloud.bucket(REGION, "my-event-checkpoints")
    cloud.client("s3", REGION).put_object(
        Bucket="my-event-log", Key="log-submit-20260301-000000-42-p-P1-2026-03-01.json", Body=b"{}"
    )
    workspace = terraform.Workspace(".", cloud.endpoint, REGION)
    built = workspace.module.parents[1] / ".build"
    built.mkdir()
    (built / "lambda").symlink_to(packages)
    workspace.variables |= {
        "TF_CLI_ARGS_apply": "-auto-approve -no-color",
        "TF_CLI_ARGS_destroy": "-auto-approve -no-color",
        "TF_CLI_ARGS_init": "-no-color",
        "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    yield workspace
    workspace.close()


def shell(place, text, statuses=(0,)):
    process = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], cwd=place.directory, env=place.variables,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=600,
    )
    assert process.returncode in statuses, process.stdout
    return process.stdout


def error_of(place, text):
    """What an operator sees, without the frame that Terraform draws around it."""
    printed = shell(place, text, statuses=(1,))
    return re.sub(r"\s+", " ", re.sub(r"[│╷╵]", " ", printed))


@pytest.mark.parametrize(("heading", "number", "text"), [
    block for block in blocks() if block.values[0] != "Cleanup"
])
def test_what_the_readme_says_to_type_works(place, heading, number, text):
    printed = shell(place, text)
    for expected in PRINTED.get((heading, number), []):
        assert expected in printed, printed


def test_a_second_apply_changes_nothing(place):
    shell(place, "terraform apply")
    assert place.changes() == {}


def test_a_function_that_is_there_can_be_imported(place):
    (block,) = blocks(" when forgotten")
    before = place.outputs()["function_version"]
    shell(place, "terraform state rm aws_lambda_function.event_log_checkpoint")
    assert "0 destroyed" in shell(place, block.values[2])
    assert int(place.outputs()["function_version"]) >= int(before)
    assert place.changes() == {}


SEEN = [
    ("terraform apply -var package_directory=elsewhere", "There is no elsewhere/"),
    ("terraform apply -var use_external_layer_arns=true", "use_external_layer_arns needs two ARNs"),
    ("terraform apply -var alias_version=99", "Function not found: "),
    # The provider tries for two minutes, as the bucket might have been made just now.
    pytest.param(
        "terraform apply -var source_bucket=no-such-bucket"
        " -var 'source_lifecycle={expire_after_days=9}'", "NoSuchBucket", marks=pytest.mark.slow,
    ),
]


@pytest.mark.parametrize(("text", "expected"), SEEN)
def test_errors_read_as_the_readme_says(place, text, expected):
    assert expected in error_of(place, text)
    told = re.search(r"^## Troubleshooting\n(.*?)^## ", README, re.DOTALL | re.MULTILINE).group(1)
    shown = expected.strip().replace("elsewhere", "...").rstrip(":")
    assert shown in told


def test_a_name_that_is_taken_is_told_of(place):
    printed = error_of(place, "terraform workspace new taken && terraform apply")
    shell(place, "terraform workspace select default")
    assert "EntityAlreadyExists" in printed


def test_a_module_with_depends_on_is_told_of(cloud, packages):
    # Without a provider of its own, as modules are.
    other = terraform.Workspace(".")
    other.variables |= terraform.aws_environment(cloud.endpoint, REGION)
    directory = other.module / "examples" / "depends"
    directory.mkdir()
    (directory / "main.tf").write_text(
        terraform.LOCAL_PROVIDER + 'resource "aws_sns_topic" "first" {\n  name = "first"\n}\n'
        'module "event_log_checkpoint" {\n  source            = "../.."\n'
        '  source_bucket     = "my-event-log"\n  checkpoint_bucket = "my-event-log"\n'
        f'  package_directory = "{packages}"\n'
        "  depends_on        = [aws_sns_topic.first]\n}\n"
    )
    printed = error_of(
        other, f"cd {directory} && terraform init > /dev/null && terraform plan -no-color"
    )
    other.close()
    assert "Invalid for_each argument" in printed and "layers.tf" in printed


def test_the_state_can_be_remote(cloud, place):
    (snippet,) = re.findall(r"<!-- backend -->\n```hcl\n(.*?)```", README, re.DOTALL)
    cloud.bucket(REGION, "my-terraform-state")
    other = cloud.stack(
        ".", REGION, source_bucket="my-event-log", checkpoint_bucket="my-event-log",
        function_name="remote",
    )
    other.apply("-target=aws_cloudwatch_log_group.function")
    (other.directory / "backend.tf").write_text(snippet)
    other.variables["AWS_ENDPOINT_URL_S3"] = cloud.endpoint
    local = [
        "use_path_style=true", "skip_credentials_validation=true", "skip_metadata_api_check=true",
        "skip_requesting_account_id=true",
    ]
    other.run(
        "init", "-no-color", "-migrate-state", "-force-copy",
        *(f"-backend-config={one}" for one in local),
    )
    s3 = cloud.client("s3", REGION)
    assert "event-log-checkpoint/terraform.tfstate" in clouds.objects(s3, "my-terraform-state")
    assert "aws_cloudwatch_log_group.function" in other.run("state", "list")[1]
    other.destroy("-target=aws_cloudwatch_log_group.function")
    other.close()


def test_the_module_of_the_production_section_is_valid(place):
    (text,) = re.findall(r'```hcl\n(module "event_log_checkpoint".*?)```', README, re.DOTALL)
    directory = place.module / "examples" / "readme"
    directory.mkdir()
    (directory / "main.tf").write_text(
        re.sub(r'source = "git::[^"]*"', 'source = "../.."', text)
    )
    shell(place, f"cd {directory} && terraform init > /dev/null && terraform validate")


def test_what_the_readme_names_exists():
    declared = set()
    for path in terraform.MODULE.glob("*.tf"):
        declared |= set(re.findall(r'^(?:variable|output) "(\w+)"', path.read_text(), re.MULTILINE))
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)(?: = [^`]*)?`", README))
    others = {"use_lockfile", "dynamodb_table", "source_modified", "depends_on"}
    assert named - others <= declared
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (terraform.MODULE / link).exists(), link


@pytest.mark.parametrize(("heading", "number", "text"), [
    block for block in blocks() if block.values[0] == "Cleanup"
])
def test_what_the_readme_says_of_cleaning_up_works(place, heading, number, text):
    printed = shell(place, text)
    for expected in PRINTED[heading, number]:
        assert expected in printed, printed


def test_old_layers_can_be_removed(cloud, place):
    (block,) = blocks(" at the end")
    shell(place, block.values[2])
    found = cloud.client("lambda", REGION).list_layer_versions(
        LayerName="event-log-checkpoint-codecs"
    )
    assert 1 not in [version["Version"] for version in found["LayerVersions"]]


def test_every_block_is_run_by_one_of_these_tests():
    marked = len(re.findall(r"<!-- (?:run[a-z ]*|backend) -->\n```", README))
    fenced = len(re.findall(r"^```(?:sh|hcl)$", README, re.MULTILINE))
    assert fenced == marked + 1  # The module of the production section, which is validated.
