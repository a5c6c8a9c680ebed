"""`verify`, `rebuild`, `compact` and the options of `run` that bound or repeat its work."""

import json
import os

import polars
import pyarrow.parquet as pq
import pytest

import event_truth
from test_run import TEMPLATES, check, checkpoints, event, run, write

TEMPLATE = TEMPLATES["groups"]


def verify(command, events, template, status=0):
    process = command(
        "verify", "--source", events, "--checkpoint", template, "--json", status=status
    )
    return json.loads(process.stdout)


@pytest.fixture
def merged(command, tmp_path):
    """300 generated events, merged."""
    events, out = tmp_path / "events", tmp_path / "out"
    command("generate", "--count", 300, "--seed", 5, "--output", events)
    run(command, events, out / TEMPLATE)
    return events, out


def test_what_a_run_has_made_is_proven(command, merged):
    events, out = merged
    truth = event_truth.Truth(events)
    report = verify(command, events, out / TEMPLATE)
    assert report["proven"] and report["differences"] == 0
    assert report["rows"] == len(truth.rows)
    assert report["rows_without_object"] == 0
    assert report["refused"] == len(truth.refused)
    text = command("verify", "--source", events, "--checkpoint", out / TEMPLATE).stdout
    assert "Nothing is missing" in text


@pytest.mark.parametrize("tool", ["pyarrow", "polars"])
def test_a_row_that_another_tool_took_away_is_found_and_brought_back(command, merged, tool):
    events, out = merged
    path = max(checkpoints(out).values(), key=lambda path: path.stat().st_size)
    if tool == "pyarrow":
        # Takes the footer's key-value metadata along.
        table = pq.read_table(path, partitioning=None)
        pq.write_table(table.slice(1), path)
    else:
        polars.read_parquet(path, hive_partitioning=False).slice(1).write_parquet(path)
    report = verify(command, events, out / TEMPLATE, status=2)
    assert report["difference_counts"]["missing"] == 1
    body = run(command, events, out / TEMPLATE)
    assert any("somebody else" in warning for warning in body["warnings"])
    check(out, event_truth.Truth(events).files(TEMPLATE))
    assert verify(command, events, out / TEMPLATE)["proven"]


def test_rows_without_an_object_are_counted_apart(command, merged):
    events, out = merged
    truth = event_truth.Truth(events)
    name = next(iter(sorted(path for path in events.rglob("log-*.json"))))
    name.unlink()
    report = verify(command, events, out / TEMPLATE)
    gone = len(truth.rows) - len(event_truth.Truth(events).rows)
    assert report["proven"] and report["rows_without_object"] == gone


def test_rebuild_keeps_rows_unless_only_sources_are_wanted(command, merged):
    events, out = merged
    before = event_truth.Truth(events).files(TEMPLATE)
    for name in sorted(events.rglob("log-*.json"))[:50]:
        name.unlink()
    after = event_truth.Truth(events).files(TEMPLATE)
    options = ("--source", events, "--checkpoint", out / TEMPLATE, "--json")
    command("rebuild", *options)
    check(out, before)
    command("rebuild", *options, "--only-sources")
    left = {path: rows for path, rows in after.items() if rows}
    check(out, left | {path: [] for path in before if path not in left})


def test_compact_changes_only_the_layout(command, merged):
    events, out = merged
    before = event_truth.Truth(events).files(TEMPLATE)
    command("compact", "--checkpoint", out / TEMPLATE, "--compression", "snappy")
    for path in checkpoints(out).values():
        assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "SNAPPY"
    check(out, before)
    body = run(command, events, out / TEMPLATE)
    assert body["warnings"] == [] and body["fetched"] == 0
    again = command("compact", "--checkpoint", out / TEMPLATE, "--compression", "snappy", "--json")
    assert not any(file["changed"] for file in json.loads(again.stdout)["checkpoints"])


def test_many_small_runs_end_like_one(command, tmp_path):
    events, out = tmp_path / "events", tmp_path / "out"
    for seed in range(8):
        command("generate", "--count", 40, "--seed", seed, "--output", events / str(seed))
        run(command, events, out / "events.parquet")
    check(out, event_truth.Truth(events).files("events.parquet"))
    assert verify(command, events, out / "events.parquet")["proven"]


def test_refused_objects_are_read_again_on_request(command, tmp_path):
    events, out = tmp_path / "events", tmp_path / "out"
    write(events, "good", event(ptid="good"))
    write(events, "bad", event(ptid="bad", surprise=1))
    assert run(command, events, out / "events.parquet")["refused"] == 1
    (line,) = [
        json.loads(line)
        for path in (out / "_refused").glob("*.jsonl")
        for line in path.read_text().splitlines()
    ]
    assert line["key"] == "log-bad.json" and line["etag"] and line["last_modified"]
    assert [fault["field"] for fault in line["faults"]] == ["surprise"]
    assert run(command, events, out / "events.parquet")["fetched"] == 0
    body = run(command, events, out / "events.parquet", "--retry-refused")
    assert body["refused"] == 1
    write(events, "bad", event(ptid="bad"))
    body = run(command, events, out / "events.parquet", "--retry-refused")
    assert body["refused"] == 0
    assert not list((out / "_refused").glob("*.jsonl"))
    check(out, event_truth.Truth(events).files("events.parquet"))


def test_a_budget_is_kept_and_the_rest_is_done_later(command, tmp_path):
    events, out = tmp_path / "events", tmp_path / "out"
    command("generate", "--count", 3_000, "--seed", 3, "--output", events)
    for _ in range(60):
        body = run(command, events, out / "events.parquet", "--budget-seconds", 1)
        if body["complete"]:
            break
        assert body["remaining"] > 0
    assert body["complete"]
    check(out, event_truth.Truth(events).files("events.parquet"))


def test_thirteen_columns_of_polars_are_taken_over(command, tmp_path):
    """A checkpoint as the Python Lambda wrote it: no naccid, modality and source_modified."""
    events, out = tmp_path / "events", tmp_path / "out"
    for index in range(30):
        write(events, f"{index}", event(ptid=f"p{index}", timestamp=f"2024-03-01T10:{index:02d}:00Z"))
    run(command, events, out / "events.parquet")
    expected = event_truth.Truth(events).files("events.parquet")
    path = out / "events.parquet"
    old = polars.read_parquet(path).drop("naccid", "modality", "source_modified")
    old = old.with_columns(polars.col("timestamp").dt.replace_time_zone(None).dt.cast_time_unit("ns"))
    polars.concat([old.reverse(), old.head(3)]).write_parquet(path)
    os.unlink(out / "_state.json")
    body = run(command, events, out / "events.parquet")
    assert body["complete"]
    check(out, expected)
