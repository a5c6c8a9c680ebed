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
    """First runs, runs with nothing new and with 1,000 new files, ours and Python's: the shortest
    of three each."""
    mine, theirs = {}, {}
    peer = "orjson + pydantic + polars"

    def keep(results, name, seconds):
        results[name] = min(seconds, results.get(name, seconds))

    def keep_peer(name, seconds):
        keep(theirs.setdefault(name, {}), peer, seconds)

    for count in (25_000, 100_000):
        events = directory / f"events-{count}"
        first, nothing, new = (
            f"run, {count:,} files, {what}" for what in ("first", "nothing new", "1,000 new")
        )
        started(command, "generate", "--count", count, "--seed", 1, "--output", events)
        for round_ in range(3):
            out, other = (directory / f"{name}-{count}-{round_}" for name in ("out", "polars"))
            # All files are minutes old, so the overlap window would have every one of them looked
            # at again; in a log that grew over months it holds a handful.
            run = (
                command, "run", "--source", events, "--checkpoint",
                out / "{study}" / "{datatype}" / "events.parquet", "--overlap-minutes", 0,
            )
            keep(mine, first, started(*run))
            keep_peer(first, timed(lambda: peers.run_over_directory(events, other)))
            keep(mine, nothing, started(*run))

            since = time.time()
            time.sleep(0.1)
            seed = 2 + round_
            started(command, "generate", "--count", 1_000, "--seed", seed, "--output", events)
            keep(mine, new, started(*run))
            keep_peer(new, timed(lambda: peers.run_over_directory(events, other, since)))
    return mine, theirs


def shown(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"


def in_order(results):
    """The Swift benchmarks by name, then the runs as they were made."""
    is_run = [(name.startswith("run"), name) for name in results]
    names = sorted(name for run, name in is_run if not run) + [name for run, name in is_run if run]
    return [(name, results[name]) for name in names]


def main():
    command, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    mine, theirs = ours(directory), peers.measure(directory)
    more = runs(command, directory)
    mine |= more[0]
    theirs |= more[1]
    size = (directory / "events.jsonl").stat().st_size
    print("| what | ours | peer | peer's time | ours is faster by |")
    print("|---|--:|---|--:|--:|")
    for name, seconds in in_order(mine):
        speed = f" ({size / seconds / 1e6:,.0f} MB/s)" if re.search("decode|press", name) else ""
        for peer, time_ in (theirs.get(name) or {"": None}).items():
            columns = (peer, shown(time_), f"{time_ / seconds:.2f} x") if peer else ("", "", "")
            print("|", " | ".join((name, shown(seconds) + speed, *columns)), "|")


if __name__ == "__main__":
    main()
