"""`event-checkpoint validate` against an independent reading of the same files."""

import json
import os

import pytest

import event_truth


@pytest.fixture
def events(command, tmp_path):
    directory = tmp_path / "events"
    command(
        "generate", "--count", 500, "--seed", 21, "--output", directory,
        "--invalid-percent", 12, "--sandbox-percent", 8,
    )
    return directory


def test_counts_agree_with_the_truth(command, events):
    truth = event_truth.Truth(events)
    report = json.loads(command("validate", "--json", events, status=1).stdout)
    assert report["files"] == 500
    assert report["refused"] == len(truth.refused)
    assert report["excluded"] == truth.sandbox
    assert report["valid"] == 500 - len(truth.refused) - truth.sandbox
    assert report["unreadable"] == 0
    refused = {os.path.basename(result["file"]) for result in report["results"]}
    assert refused == {name for name, _ in truth.refused}
    for result in report["results"]:
        for fault in result["faults"]:
            assert set(fault) <= {"field", "code", "message", "value"}
            assert len(fault.get("value", "")) <= 81


def test_each_fault_is_a_line_for_people(command, events):
    report = json.loads(command("validate", "--json", events, status=1).stdout)
    lines = command("validate", events, status=1).stdout.splitlines()
    faults = sum(len(result["faults"]) for result in report["results"])
    assert len(lines) == faults + 1
    assert lines[-1].startswith("500 files: ")


def test_valid_files_give_status_zero_whatever_their_names(command, tmp_path):
    command("generate", "--count", 3, "--seed", 1, "--output", tmp_path)
    for number, path in enumerate(sorted(tmp_path.glob("*.json"))):
        path.rename(tmp_path / f"{number}.txt")
    files = sorted(tmp_path.glob("*.txt"))
    assert command("validate", *files).stdout == (
        "3 files: 3 valid, 0 left out (sandbox), 0 refused, 0 unreadable\n"
    )
    # In a directory, only names of event objects count, at any depth.
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    files[0].rename(inner / "log-x.json")
    assert command("validate", tmp_path).stdout.startswith("1 file: 1 valid")


def test_what_cannot_be_read_is_said_and_the_rest_goes_on(command, tmp_path):
    command("generate", "--count", 2, "--seed", 1, "--output", tmp_path)
    (tmp_path / "log-directory.json").mkdir()
    os.mkfifo(tmp_path / "log-pipe.json")
    os.symlink(tmp_path, tmp_path / "loop")
    os.symlink(tmp_path / "nowhere", tmp_path / "log-nowhere.json")
    report = json.loads(
        command("validate", "--json", tmp_path, tmp_path / "absent", status=1).stdout
    )
    assert report["valid"] == 2
    assert report["unreadable"] == 4
    assert {fault["code"] for result in report["results"] for fault in result["faults"]} == {
        "unreadable"
    }


def test_unknown_fields_are_refused_unless_ignored(command, tmp_path):
    command("generate", "--count", 1, "--seed", 1, "--output", tmp_path)
    (path,) = tmp_path.glob("log-*.json")
    event = json.loads(path.read_text())
    path.write_text(json.dumps(event | {"site": "north"}))
    assert "site: " in command("validate", path, status=1).stdout
    command("validate", "--unknown-fields", "ignore", path)


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate"],
        ["validate", "--unknown-fields", "maybe", "x"],
        ["generate", "--count", "1", "--seed", "1"],
        ["generate", "--count", "-1", "--seed", "1", "--output", "x"],
        ["generate", "--count", "1", "--seed", "1", "--output", "x", "--invalid-percent", "101"],
        ["generate", "--count", "1", "--seed", "1", "--output", "x", "--sandbox-percent", "nan"],
        ["generate", "--count", "1", "--seed", "1", "--output", "x", "--start-date", "2023-02-29"],
        ["generate", "--count", "1", "--seed", "1", "--output", "x", "--days", "0"],
    ],
)
def test_wrong_usage_gives_status_64(command, arguments):
    assert command(*arguments, status=64).stderr
