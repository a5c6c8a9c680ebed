"""`run` makes the checkpoints that an independent reading of the JSON demands, for every reader."""

import json
import os
import pathlib
import time

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import event_truth
import readers

TEMPLATES = {
    "one": "events.parquet",
    "groups": "{study}/{datatype}/events.parquet",
    "years": "study={study}/datatype={datatype}/year={year}/{month}.parquet",
}
ARROW_TYPES = {"pipeline_adcid": pa.int32()} | {
    name: pa.timestamp("us", "UTC") for name in ("timestamp", "source_modified")
}
POLARS_TYPES = {"pipeline_adcid": polars.Int32} | {
    name: polars.Datetime("us", "UTC") for name in ("timestamp", "source_modified")
}
DUCKDB_TYPES = {"pipeline_adcid": "INTEGER"} | {
    name: "TIMESTAMP WITH TIME ZONE" for name in ("timestamp", "source_modified")
}

VALID = {
    "action": "submit", "study": "adrc", "pipeline_adcid": 42, "project_label": "ingest-form",
    "center_label": "alpha", "gear_name": "form-screening", "ptid": "110001",
    "visit_date": "2024-02-29", "datatype": "form", "module": "UDS",
    "timestamp": "2024-03-01T10:00:00Z",
}


def event(**changes):
    """A valid event with some fields changed; `...` takes a field away."""
    merged = VALID | changes
    return {name: value for name, value in merged.items() if value is not ...}


# Each is valid; what it is stored as is for the truth to say.
ACCEPTED = [
    event(ptid="  a1  ", gear_name="\t g \u00a0", naccid="\u3000NACC000001 "),
    event(ptid="a2", study=...),
    event(ptid="a3", pipeline_adcid=42.0),
    event(ptid="a4", pipeline_adcid="42"),
    event(ptid="a5", pipeline_adcid=-2_147_483_648),
    event(ptid="a6", pipeline_adcid=4.2e1),
    event(ptid="a7", timestamp="2024-03-01 10:00:00.123456789+05:30"),
    event(ptid="a8", timestamp="2024-03-01T10:00:00-0800"),
    event(ptid="a9", timestamp="2024-03-01T10:00:00.1+01"),
    event(ptid="b1", timestamp="2024-03-01T10:00:00"),
    event(ptid="b2", timestamp="0001-01-01T00:00:00Z"),
    event(ptid="b3", timestamp="9999-12-31T23:59:59.999999999Z"),
    event(ptid="b4", timestamp="1969-12-31T23:59:59.999999Z"),
    event(ptid="b5", datatype="dicom", module=..., modality="MR"),
    event(ptid="b6", datatype="dicom", module=None, modality=None, packet=None, naccid=None),
    event(ptid="b7", center_label="Zürich 漢字 😀", gear_name="", module=""),
    event(ptid="~!b8", visit_number="007", packet="I", visit_date="0001-01-01"),
    event(ptid="b9", study="Other/study..x"),
    event(ptid="c1", gear_name="x" * 3_000),
]

REFUSED = [
    event(action="created"), event(action=None), event(action=...), event(study=""),
    event(study="   "), event(pipeline_adcid=True), event(pipeline_adcid=4.5),
    event(pipeline_adcid="4x"), event(pipeline_adcid=2**31), event(ptid=""), event(ptid="a b"),
    event(ptid="12345678901"), event(ptid="é"), event(ptid=5), event(visit_date="2023-02-29"),
    event(visit_date="2024-2-29"), event(datatype="text"), event(module=None), event(module=...),
    event(datatype="dicom"), event(modality="MR"), event(timestamp="2024-03-01"),
    event(timestamp="2024-03-01T24:00:00Z"), event(timestamp="2024-13-01T00:00:00Z"),
    event(timestamp=1_709_287_200), event(surprise=1), event(gear_name=None),
]

BROKEN = [
    b"", b"null", b"[]", b"{", b'{"action": "submit",}', b"\xef\xbb\xbf{}", b'{"a": NaN}',
    json.dumps(VALID).encode()[:-1], json.dumps(VALID).encode() + b"x",
    json.dumps(VALID).encode().replace(b"form-screening", b"\xff\xfe"),
    json.dumps(VALID).encode().replace(b"form-screening", b"\\ud800"),
    json.dumps(VALID).encode()[:-1] + b', "ptid": "twice"}',
]


def write(directory, name, content):
    directory.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, bytes):
        content = json.dumps(content, ensure_ascii=False).encode()
    (directory / f"log-{name}.json").write_bytes(content)


@pytest.fixture(scope="module")
def events(command, tmp_path_factory):
    """Generated events, and events by hand at the edges of every rule."""
    directory = tmp_path_factory.mktemp("events")
    command(
        "generate", "--count", 500, "--seed", 7, "--output", directory,
        "--invalid-percent", 5, "--sandbox-percent", 8,
    )
    for kind, contents in (("ok", ACCEPTED), ("refused", REFUSED), ("broken", BROKEN)):
        for index, content in enumerate(contents):
            write(directory / "by-hand", f"{kind}-{index:03d}", content)
    write(directory / "by-hand", "sandbox", event(project_label=" sandbox-one"))
    (directory / "by-hand" / "notes.txt").write_text("not an event")
    (directory / "by-hand" / "log-directory.json").mkdir()
    time.sleep(0.05)
    # Two versions of one event: the later one in time comes first by name.
    write(directory / "by-hand", "version-b", event(ptid="v1", gear_name="old"))
    time.sleep(0.05)
    write(directory / "by-hand", "version-a", event(ptid="v1", gear_name="new"))
    return directory


def run(command, events, template, *options, status=0):
    process = command(
        "run", "--source", events, "--checkpoint", template, "--json", *options, status=status
    )
    return json.loads(process.stdout)["body"]


def checkpoints(directory):
    return {
        str(path.relative_to(directory)): path
        for path in sorted(pathlib.Path(directory).rglob("*.parquet"))
        if not path.name.startswith("_")  # kept aside: a damaged file that was rebuilt
    }


def typed_rows(reader, path):
    """Rows with timestamps as microseconds, after a look at the types the reader sees."""
    table = readers.READERS[reader](path)
    if reader == "pyarrow":
        schema = pq.read_schema(path)
        for name in event_truth.COLUMNS:
            assert schema.field(name).type == ARROW_TYPES.get(name, pa.string()), name
            assert schema.field(name).nullable == (name in event_truth.NULLABLE), name
    elif reader == "polars":
        schema = polars.read_parquet_schema(path)
        assert dict(schema) == {
            name: POLARS_TYPES.get(name, polars.String) for name in event_truth.COLUMNS
        }
    else:
        described = duckdb.connect().execute(f"DESCRIBE FROM read_parquet('{path}', hive_partitioning = false)").fetchall()
        assert {row[0]: row[1] for row in described} == {
            name: DUCKDB_TYPES.get(name, "VARCHAR") for name in event_truth.COLUMNS
        }
    assert table.column_names == event_truth.COLUMNS
    columns = [
        column.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_pylist()
        if pa.types.is_timestamp(column.type)
        else column.to_pylist()
        for column in table.columns
    ]
    return [dict(zip(event_truth.COLUMNS, row)) for row in zip(*columns)]


def check(directory, expected):
    """Every file that is expected is there, no other, and all readers agree with it."""
    found = checkpoints(directory)
    assert sorted(found) == sorted(expected)
    for name, rows in expected.items():
        for reader in readers.READERS:
            theirs = typed_rows(reader, found[name])
            assert len(theirs) == len(rows), f"{reader}, {name}"
            for index, (row, truth) in enumerate(zip(theirs, rows)):
                assert row == truth, f"{reader}, {name}, row {index}"


def percent_encoded(files):
    """The paths as the template promises them: nothing but `[A-Za-z0-9_.-]` in a value."""
    return {path.replace("Other/study..x", "Other%2Fstudy..x"): rows for path, rows in files.items()}


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd"])
def test_checkpoints_hold_what_the_json_says(command, events, tmp_path, codec, name):
    truth = event_truth.Truth(events)
    body = run(command, events, tmp_path / TEMPLATES[name], "--compression", codec)
    check(tmp_path, percent_encoded(truth.files(TEMPLATES[name])))

    assert body["listed"] == truth.events + truth.ignored
    assert body["ignored"] == truth.ignored
    assert body["fetched"] == truth.events
    assert body["refused"] == len(truth.refused)
    assert body["filtered_events"] == truth.sandbox
    assert body["complete"] is True and body["remaining"] == 0 and body["groups_failed"] == 0
    groups = {(row["study"], row["datatype"]) for row in truth.rows.values()}
    assert {(g["study"], g["datatype"]) for g in body["successful_groups"]} == groups
    assert sum(g["events"] for g in body["successful_groups"]) == len(truth.rows)

    for path in checkpoints(tmp_path).values():
        metadata = pq.ParquetFile(path).metadata
        chunk = metadata.row_group(0).column(0)
        assert chunk.compression == {"none": "UNCOMPRESSED"}.get(codec, codec.upper())
        order = [s.column_index for s in metadata.row_group(0).sorting_columns]
        assert [event_truth.COLUMNS[index] for index in order] == event_truth.ORDER


def test_by_hand_events_are_judged_as_the_truth_judges_them(events):
    """The lists above are what they say they are, by the truth's own rules."""
    truth = event_truth.Truth(events / "by-hand")
    assert truth.sandbox == 1
    assert len(truth.refused) == len(REFUSED) + len(BROKEN)
    assert len(truth.rows) == len(ACCEPTED) + 1


def test_a_second_run_finds_nothing_new(command, events, tmp_path):
    template = tmp_path / TEMPLATES["groups"]
    run(command, events, template)
    before = {name: path.read_bytes() for name, path in checkpoints(tmp_path).items()}
    body = run(command, events, template)
    assert body["total_events"] == 0 or sum(g["events"] for g in body["successful_groups"]) == 0
    assert body["complete"] is True
    after = {name: path.read_bytes() for name, path in checkpoints(tmp_path).items()}
    assert after == before


def test_new_late_and_changed_files_are_picked_up(command, tmp_path):
    events, out = tmp_path / "events", tmp_path / "out"
    command("generate", "--count", 200, "--seed", 11, "--output", events)
    template = out / TEMPLATES["groups"]
    run(command, events, template)
    check(out, event_truth.Truth(events).files(TEMPLATES["groups"]))

    # New ones, one of them from long before everything else, and a file with an old mtime.
    command("generate", "--count", 30, "--seed", 12, "--output", events)
    write(events, "late", event(ptid="late", timestamp="1999-12-31T23:59:59.999999Z"))
    os.utime(events / "log-late.json", (0, 0))
    write(events, "fixed-later", b"{not yet")
    run(command, events, template)
    check(out, event_truth.Truth(events).files(TEMPLATES["groups"]))

    # A correction of a row that is there, and a refused object that became valid.
    write(events, "late", event(ptid="late", timestamp="1999-12-31T23:59:59.999999Z", packet="I"))
    write(events, "fixed-later", event(ptid="fixed"))
    body = run(command, events, template)
    check(out, event_truth.Truth(events).files(TEMPLATES["groups"]))
    assert sum(group["events"] for group in body["successful_groups"]) == 2


def test_rows_of_removed_objects_stay(command, tmp_path):
    events, out = tmp_path / "events", tmp_path / "out"
    for index in range(5):
        write(events, f"{index}", event(ptid=f"p{index}"))
    template = out / "events.parquet"
    run(command, events, template)
    expected = event_truth.Truth(events).files("events.parquet")
    (events / "log-3.json").unlink()
    run(command, events, template)
    check(out, expected)
    run(command, events, template, "--rebuild")
    check(out, expected)


def test_a_dry_run_writes_nothing(command, tmp_path):
    write(tmp_path / "events", "1", event())
    body = run(command, tmp_path / "events", tmp_path / "out" / "events.parquet", "--dry-run")
    assert body["total_events"] == 1
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").rglob("*.parquet"))


def test_a_damaged_checkpoint_fails_its_group_only(command, tmp_path):
    events, out = tmp_path / "events", tmp_path / "out"
    write(events, "1", event())
    write(events, "2", event(datatype="apoe", module=...))
    template = out / TEMPLATES["groups"]
    run(command, events, template)
    damaged = out / "adrc/form/events.parquet"
    good = damaged.read_bytes()
    damaged.write_bytes(good[: len(good) // 2])
    write(events, "3", event(ptid="new"))
    write(events, "4", event(ptid="new", datatype="apoe", module=...))
    body = run(command, events, template, status=2)
    assert body["groups_failed"] == 1 and body["failed_groups"][0]["datatype"] == "form"
    assert damaged.read_bytes() == good[: len(good) // 2]
    truth = event_truth.Truth(events).files(TEMPLATES["groups"])
    rows = typed_rows("pyarrow", out / "adrc/apoe/events.parquet")
    assert rows == truth["adrc/apoe/events.parquet"]
    run(command, events, template, "--rebuild")
    check(out, truth)


@pytest.mark.parametrize("template", ["{nope}/e.parquet", "{study/e.parquet", "study}/e.parquet"])
def test_a_wrong_template_is_refused(command, tmp_path, template):
    write(tmp_path / "events", "1", event())
    process = command(
        "run", "--source", tmp_path / "events", "--checkpoint", tmp_path / template, status=64
    )
    if "nope" in template:
        for name in ("study", "datatype", "year", "month"):
            assert name in process.stderr
