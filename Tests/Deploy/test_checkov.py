"""checkov's rules, with the exceptions that are written down."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from local_aws import terraform

CHECKOV = pathlib.Path(
    os.environ.get("CHECKOV")
    or pathlib.Path(__file__).resolve().parents[2] / ".venv-deploy" / "bin" / "checkov"
)


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    """Identifiers of the checks that fail when none is skipped, with what they fail for."""
    if not CHECKOV.is_file():
        pytest.fail(f"{CHECKOV} is missing: run `make test-deploy`", pytrace=False)
    # checkov takes the exceptions of a directory by itself: so of a copy that has none.
    copy = tmp_path_factory.mktemp("checkov") / "deploy"
    shutil.copytree(terraform.MODULE, copy, ignore=shutil.ignore_patterns(".checkov.yaml", ".terraform"))
    process = subprocess.run(
        [CHECKOV, "--directory", copy, "--framework", "terraform", "--skip-path",
         "/tests/", "--skip-download", "--quiet", "--compact", "--output", "json"],
        capture_output=True, text=True,
    )
    report = json.loads(process.stdout)
    reports = report if isinstance(report, list) else [report]
    assert sum(one["summary"]["passed"] for one in reports) > 20
    assert sum(one["summary"]["parsing_errors"] for one in reports) == 0
    found = {}
    for one in reports:
        for check in one["results"]["failed_checks"]:
            found.setdefault(check["check_id"], []).append(
                f"{check['check_name']}: {check['resource']} in {check['file_path']}"
            )
    return found


def test_what_fails_is_what_is_accepted(failed):
    text = (terraform.MODULE / ".checkov.yaml").read_text()
    accepted = set(re.findall(r"^  - (CKV\w+)$", text, re.MULTILINE))
    assert accepted == set(failed), failed


def test_every_exception_has_a_reason():
    lines = (terraform.MODULE / ".checkov.yaml").read_text().splitlines()
    for index, line in enumerate(lines):
        if line.startswith("  - CKV"):
            assert re.match(r"  # .+[.]$", lines[index - 1]), line
