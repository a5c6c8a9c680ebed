"""Prints our times beside the peers', as a table of ratios.

    compare.py COMMAND DIRECTORY

DIRECTORY holds what the Swift benchmarks left: their inputs, and their times in `results/`. The
runs over directories of files are measured here, by starting COMMAND.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import time

import polars

import peers

UNITS = {"ns": 1e-9, "μs": 1e-6, "ms": 1e-3, "s": 1.0}


def ours(directory):
    """The shortest time of each Swift benchmark, in seconds."""
    results = {}
    for path in (pathlib.Path(directory) / "results").glob("*wallClock*samples.tsv"):
        name = re.search(r"\.EventLog\.(.*)\.wallClock", path.name).group(1).replace("_", " ")
        header, *samples = path.read_text().splitlines()
        unit = re.search(r"\((\S+)\)", header).group(1)
        results[name] = min(map(float, samples)) * UNITS[unit]
    return results


def started(*arguments):
    start = time.perf_counter()
    subprocess.run([*map(str, arguments)], check=True, capture_output=True)
    return time.perf_counter() - start


def runs(command, directory):
    """First runs and runs with 1,000 new files, ours and what polars makes of the same files."""
    mine, theirs = {}, {}
    for count in (25_000, 100_000):
        events = directory / f"events-{count}"
        out = directory / f"out-{count}"
        template = out / "{study}" / "{datatype}" / "events.parquet"
        started(command, "generate", "--count", count, "--seed", 1, "--output", events)
        run = (command, "run", "--source", events, "--checkpoint", template)
        name = f"run, {count:,} files, first"
        mine[name] = started(*run)
        if count == 25_000:
            start = time.perf_counter()
            peers.run_over_directory(events, directory / f"polars-{count}")
            theirs[name] = {"orjson + pydantic + polars": time.perf_counter() - start}
        mine[f"run, {count:,} files, nothing new"] = min(started(*run) for _ in range(3))

        largest = max(out.rglob("*.parquet"), key=lambda path: path.stat().st_size)
        before = shutil.copy(largest, directory / f"before-{count}.parquet")
        started(command, "generate", "--count", 1_000, "--seed", 2, "--output", events)
        name = f"run, {count:,} files, 1,000 new"
        mine[name] = started(*run)
        new = polars.read_parquet(before).sample(1_000, seed=1)
        merge = peers.best(
            lambda: peers.merge_into(before, new, directory / "merged.parquet"), most=5
        )
        theirs[name] = {"polars read, concat, sort, write of the largest group alone": merge}
    return mine, theirs


def shown(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"


def main():
    command, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    mine, theirs = ours(directory), peers.measure(directory)
    more = runs(command, directory)
    mine |= more[0]
    theirs |= more[1]
    size = (directory / "events.jsonl").stat().st_size
    print("| what | ours | peer | peer's time | ours is faster by |")
    print("|---|--:|---|--:|--:|")
    for name, seconds in mine.items():
        speed = f" ({size / seconds / 1e6:,.0f} MB/s)" if re.search("decode|press", name) else ""
        for peer, time_ in (theirs.get(name) or {"": None}).items():
            columns = (peer, shown(time_), f"{time_ / seconds:.2f} x") if peer else ("", "", "")
            print("|", " | ".join((name, shown(seconds) + speed, *columns)), "|")


main()
