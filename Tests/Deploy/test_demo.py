"""`make demo-aws`, as people see it."""

import os
import pathlib
import subprocess
import sys

import pytest

import cloud as clouds

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_demo_goes_from_nothing_to_nothing(terraform_found, packages):
    command = pathlib.Path(
        os.environ.get("EVENT_CHECKPOINT_BIN") or ROOT / ".build" / "release" / "event-checkpoint"
    )
    assert command.is_file(), "run `make build`, or set EVENT_CHECKPOINT_BIN to event-checkpoint"
    process = subprocess.run(
        [sys.executable, "-m", "local_aws", "demo", "--packages", packages, "--command", command],
        env=os.environ | {"PYTHONPATH": str(clouds.SCRIPTS)}, timeout=900,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    printed = process.stdout
    assert process.returncode == 0, printed
    for expected in (
        "Apply complete!", "complete: True", "SUCCEEDED after", ": 0 denied", "Destroy complete!",
        "s3://demo-event-log: 2000 objects",
    ):
        assert expected in printed, printed
