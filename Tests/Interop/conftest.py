"""Fixtures: the command under test, and how it is run."""

import json
import os
import pathlib
import subprocess

import pytest


@pytest.fixture(scope="session")
def command():
    """Runs `event-checkpoint` and returns the finished process."""
    path = os.environ.get("EVENT_CHECKPOINT_BIN")
    if not path or not pathlib.Path(path).is_file():
        pytest.fail(
            "the command is missing: run `make interop`, or set EVENT_CHECKPOINT_BIN to it",
            pytrace=False,
        )

    def run(*arguments, status=0):
        process = subprocess.run(
            [path, *map(str, arguments)], capture_output=True, text=True, timeout=120
        )
        assert process.returncode == status, (
            f"{arguments}: status {process.returncode}, not {status}\n"
            f"{process.stdout}\n{process.stderr}"
        )
        return process

    return run


@pytest.fixture(scope="session")
def cat(command):
    """The rows that `event-checkpoint parquet cat --json` prints."""

    def rows(path):
        output = command("parquet", "cat", path, "--json").stdout
        # Not splitlines(), which also splits at U+2028 within strings.
        return [json.loads(line) for line in output.split("\n") if line]

    return rows
