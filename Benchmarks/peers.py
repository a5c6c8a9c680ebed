"""What Python does with the same bytes: the peers of the Swift benchmarks, by the same names."""

import datetime
import gc
import io
import os
import pathlib
import time
import typing
import zlib

import cramjam
import orjson
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pydantic
import zstandard


class Event(pydantic.BaseModel):
    """The event as a Python function declares it: types, choices, patterns, rules across fields."""

    model_config = pydantic.ConfigDict(str_strip_whitespace=True, extra="forbid")

    action: typing.Literal["submit", "pass-qc", "not-pass-qc", "delete"]
    study: str = pydantic.Field("adrc", min_length=1)
    pipeline_adcid: int
    project_label: str
    center_label: str
    gear_name: str
    ptid: str = pydantic.Field(pattern=r"^[!-~]{1,10}$")
    naccid: str | None = None
    visit_date: datetime.date
    visit_number: str | None = None
    datatype: typing.Literal[
        "apoe", "biomarker", "dicom", "enrollment", "form", "genetic-availability", "gwas",
        "imputation", "scan-analysis",
    ]
    module: str | None = None
    packet: str | None = None
    modality: str | None = None
    timestamp: datetime.datetime

    @pydantic.model_validator(mode="after")
    def _rules(self):
        is_form = self.datatype == "form"
        if (self.module is not None) != is_form or (is_form and self.modality is not None):
            raise ValueError("module and modality do not go with the datatype")
        return self


def best(function, seconds=4.0, most=40):
    """The shortest time of a call, of as many as fit, after one that warms up."""
    function()
    times = []
    gc.disable()
    began = time.perf_counter()
    while len(times) < 3 or (time.perf_counter() - began < seconds and len(times) < most):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    gc.enable()
    return min(times)


def _frame(objects):
    rows = [Event.model_validate(orjson.loads(content)).model_dump() for content in objects]
    return polars.DataFrame(rows)


def _read_events(paths):
    """The valid events of those files, sandbox projects left out."""
    rows = []
    for path in paths:
        with open(path, "rb") as file:
            content = file.read()
        try:
            rows.append(Event.model_validate(orjson.loads(content)).model_dump())
        except (pydantic.ValidationError, orjson.JSONDecodeError):
            continue
    frame = polars.DataFrame(rows)
    return frame.filter(~polars.col("project_label").str.starts_with("sandbox-"))


def _write_sorted(frame, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.sort("timestamp", "ptid", "action").write_parquet(path, compression="zstd")


def _listed(source):
    """Path and time of last modification of every event file."""
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.name.startswith("log-") and entry.name.endswith(".json"):
                yield entry.path, entry.stat().st_mtime


def run_over_directory(source, target, since=0.0):
    """What the function does: list, read what was modified since, validate, and for each group
    read its checkpoint, concatenate, sort and write all of it."""
    frame = _read_events(sorted(path for path, modified in _listed(source) if modified > since))
    for (study, datatype), group in frame.group_by("study", "datatype"):
        path = pathlib.Path(target) / study / datatype / "events.parquet"
        if path.exists():
            group = polars.concat([polars.read_parquet(path), group])
        _write_sorted(group, path)


def measure(directory):
    """Seconds by the benchmark's name and the peer's name."""
    directory = pathlib.Path(directory)
    text = (directory / "events.jsonl").read_bytes()
    objects = text.split(b"\n")
    results = {}

    def add(name, peer, function):
        results.setdefault(name, {})[peer] = best(function)

    add("JSON decode, 25,000 events", "orjson + pydantic + polars", lambda: _frame(objects))

    pages = {"SNAPPY": bytes(cramjam.snappy.compress_raw(text)), "GZIP": zlib.compress(text, 6)}
    zstd_compressor = zstandard.ZstdCompressor(level=3)
    zstd_decompressor = zstandard.ZstdDecompressor()
    pages["ZSTD"] = zstd_compressor.compress(text)
    add("SNAPPY compress, event text", "Rust snap", lambda: cramjam.snappy.compress_raw(text))
    add(
        "SNAPPY decompress, event text", "Rust snap",
        lambda: cramjam.snappy.decompress_raw(pages["SNAPPY"], output_len=len(text)),
    )
    add("GZIP compress, event text", "Python zlib", lambda: zlib.compress(text, 6))
    add(
        "GZIP decompress, event text", "Python zlib",
        lambda: zlib.decompress(pages["GZIP"], bufsize=len(text)),
    )
    add("ZSTD compress, event text", "Python zstandard", lambda: zstd_compressor.compress(text))
    add(
        "ZSTD decompress, event text", "Python zstandard",
        lambda: zstd_decompressor.decompress(pages["ZSTD"]),
    )

    for codec in ("snappy", "zstd"):
        content = (directory / f"million-{codec}.parquet").read_bytes()
        source = pa.BufferReader(content)
        table = pq.read_table(source, use_threads=False)
        coded = pa.table(
            [
                column.dictionary_encode() if pa.types.is_string(column.type) else column
                for column in table.columns
            ],
            names=table.column_names,
        )
        strings = [f.name for f in table.schema if pa.types.is_string(f.type)]
        frame = polars.from_arrow(table, rechunk=True)

        def write_arrow(which, codec=codec):
            pq.write_table(
                which, pa.BufferOutputStream(), compression=codec, row_group_size=131_072,
                compression_level=3 if codec == "zstd" else None,
            )

        write, read = (f"Parquet {way}, 1,000,000 events, {codec}" for way in ("write", "read"))
        add(write, "pyarrow", lambda: write_arrow(table))
        add(write, "pyarrow, from dictionaries", lambda: write_arrow(coded))
        add(
            write, "polars",
            lambda: frame.write_parquet(io.BytesIO(), compression=codec, row_group_size=131_072),
        )
        add(
            read, "pyarrow, 1 thread",
            lambda: pq.read_table(pa.BufferReader(content), use_threads=False),
        )
        add(
            read, "pyarrow, 1 thread, to dictionaries",
            lambda: pq.read_table(
                pa.BufferReader(content), use_threads=False, read_dictionary=strings
            ),
        )
        add(read, "pyarrow, all threads", lambda: pq.read_table(pa.BufferReader(content)))
        add(read, "polars, all threads", lambda: polars.read_parquet(io.BytesIO(content)))
    return results
