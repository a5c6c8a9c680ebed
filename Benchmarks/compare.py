"""Prints our times beside the peers', as a table of ratios.

    compare.py COMMAND DIRECTORY

DIRECTORY holds what the Swift benchmarks left: their inputs, and their times in `results/`. The
runs over directories of files are measured here, by starting COMMAND.
"""

import pathlib
import re
import subprocess
import sys
import time

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


def timed(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def runs(command, directory):
    """First runs, runs with nothing new and with 1,000 new files, ours and Python's."""
    mine, theirs = {}, {}
    peer = "orjson + pydantic + polars"
    for count in (25_000, 100_000):
        events, out, other = (directory / f"{name}-{count}" for name in ("events", "out", "polars"))
        template = out / "{study}" / "{datatype}" / "events.parquet"
        started(command, "generate", "--count", count, "--seed", 1, "--output", events)
        # All files are minutes old, so the overlap window would have every one of them looked at
        # again; in a log that grew over months it holds a handful.
        run = (
            command, "run", "--source", events, "--checkpoint", template, "--overlap-minutes", 0
        )

        name = f"run, {count:,} files, first"
        mine[name] = started(*run)
        theirs[name] = {peer: timed(lambda: peers.run_over_directory(events, other))}

        name = f"run, {count:,} files, nothing new"
        mine[name] = min(started(*run) for _ in range(3))

        since = time.time()
        time.sleep(0.1)
        started(command, "generate", "--count", 1_000, "--seed", 2, "--output", events)
        name = f"run, {count:,} files, 1,000 new"
        mine[name] = started(*run)
        theirs[name] = {peer: timed(lambda: peers.run_over_directory(events, other, since))}
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
    for name, seconds in sorted(mine.items(), key=lambda item: (item[0].startswith("run"), item)):
        speed = f" ({size / seconds / 1e6:,.0f} MB/s)" if re.search("decode|press", name) else ""
        for peer, time_ in (theirs.get(name) or {"": None}).items():
            columns = (peer, shown(time_), f"{time_ / seconds:.2f} x") if peer else ("", "", "")
            print("|", " | ".join((name, shown(seconds) + speed, *columns)), "|")


if __name__ == "__main__":
    main()
