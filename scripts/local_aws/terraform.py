"""Terraform on a copy of the module, with the provider from a directory or from the network."""

import functools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

MODULE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "deploy"
PROVIDER = pathlib.Path("registry.terraform.io", "hashicorp", "aws")
REGISTRY = "https://registry.terraform.io/.well-known/terraform.json"
NOT_COPIED = shutil.ignore_patterns(
    ".terraform", ".terraform.lock.hcl", "*.tfstate*", "terraform.tfvars"
)


class Unavailable(Exception):
    """Terraform or its provider is not to be had here; says what to do."""


def plugin_directory():
    """A directory that has the aws provider as Terraform's mirrors have it, or None."""
    named = os.environ.get("TERRAFORM_PLUGIN_DIR")
    if named and not (pathlib.Path(named) / PROVIDER).is_dir():
        raise Unavailable(
            f"TERRAFORM_PLUGIN_DIR is {named}, which has no {PROVIDER}: unset it, or fill it"
            " with `terraform providers mirror`."
        )
    cache = os.environ.get("TF_PLUGIN_CACHE_DIR")
    usual = [
        pathlib.Path.home() / ".terraform.d" / "plugins",
        pathlib.Path.home() / ".local" / "share" / "terraform" / "plugins",
        pathlib.Path("/usr/local/share/terraform/plugins"),
        pathlib.Path("/usr/share/terraform/plugins"),
    ]
    others = sorted(pathlib.Path("/opt").glob("*/registry.terraform.io"))
    first = [pathlib.Path(one) for one in (named, cache) if one]
    places = [*first, *usual, *(one.parent for one in others)]
    return next((place for place in places if (place / PROVIDER).is_dir()), None)


@functools.cache
def find():
    """Path of terraform and of a directory of plugins (None: the network has them)."""
    command = shutil.which("terraform")
    if command is None:
        raise Unavailable(
            "terraform is not installed: see https://developer.hashicorp.com/terraform/install"
        )
    plugins = plugin_directory()
    if plugins is None:
        try:
            urllib.request.urlopen(REGISTRY, timeout=5).close()
        except (urllib.error.URLError, OSError) as error:
            raise Unavailable(
                f"the aws provider is in no plugin directory, and the registry does not answer"
                f" ({error}): set TERRAFORM_PLUGIN_DIR to a directory made by"
                " `terraform providers mirror`."
            ) from error
    return command, plugins


def environment(directory):
    """Variables for terraform: a configuration of its own, and nothing that asks questions."""
    _, plugins = find()
    configuration = pathlib.Path(directory, "terraform.rc")
    installation = "direct {}"
    if plugins:
        installation = f"filesystem_mirror {{\n    path = {json.dumps(str(plugins))}\n  }}"
    configuration.write_text(
        f"disable_checkpoint = true\nprovider_installation {{\n  {installation}\n}}\n"
    )
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))
    }
    return kept | {
        "TF_CLI_CONFIG_FILE": str(configuration), "TF_IN_AUTOMATION": "1", "TF_INPUT": "0",
    }


def aws_environment(endpoint, region="us-east-1"):
    """Variables for whatever speaks to the local AWS: Terraform, the AWS CLI, boto3."""
    return {
        "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "operator", "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


# No run takes as long, unless a server leaves a question open.
SECONDS = 600


class TerraformError(Exception):
    """Terraform ended with an error; holds what it printed."""


# What a provider block needs to speak to a server on loopback. In an override file, so that the
# module and its examples stay as people use them.
LOCAL_PROVIDER = """provider "aws" {
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = false
}
"""


class Workspace:
    """A copy of the module, in which one root (the module itself or an example) is applied."""

    def __init__(self, root=".", endpoint=None, region="us-east-1"):
        self._temporary = tempfile.TemporaryDirectory(prefix="terraform-")
        base = pathlib.Path(self._temporary.name)
        self.module = base / "docs" / "deploy"
        shutil.copytree(MODULE, self.module, ignore=NOT_COPIED)
        self.directory = (self.module / root).resolve()
        self.variables = environment(base)
        if endpoint:
            self.variables |= aws_environment(endpoint, region)
            (self.directory / "local_override.tf").write_text(LOCAL_PROVIDER)
        self._command = find()[0]

    def close(self):
        """Removes the copy. What was applied stays."""
        self._temporary.cleanup()

    def run(self, *arguments, statuses=(0,)):
        """Runs terraform; returns its status and what it printed."""
        process = subprocess.run(
            [self._command, *arguments], cwd=self.directory, env=self.variables,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=SECONDS,
        )
        if process.returncode not in statuses:
            raise TerraformError(f"terraform {' '.join(arguments)}\n{process.stdout}")
        return process.returncode, process.stdout

    def init(self):
        self.run("init", "-no-color", "-input=false", "-backend=false")

    def set(self, **variables):
        """Writes the variables' values to a file that Terraform reads by itself."""
        path = self.directory / "local.auto.tfvars.json"
        path.write_text(json.dumps(variables, default=str, indent=2))

    def apply(self, *options):
        return self.run("apply", "-auto-approve", "-no-color", *options)[1]

    def changes(self, *options):
        """The addresses that a plan would change, with what it would do to each."""
        printed = self.run("plan", "-json", *options)[1]
        messages = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
        return {
            message["change"]["resource"]["addr"]: message["change"]["action"]
            for message in messages if message["type"] == "planned_change"
        }

    def outputs(self):
        document = json.loads(self.run("output", "-json")[1])
        return {name: output["value"] for name, output in document.items()}

    def destroy(self, *options):
        return self.run("destroy", "-auto-approve", "-no-color", *options)[1]
