"""Prints what merging new events into long histories takes, beside Polars' rewrite of all of it.

    compare_checkpoint.py COMMAND BIN-DIRECTORY DIRECTORY [EVENTS...]

COMMAND is `event-checkpoint`, BIN-DIRECTORY holds `checkpoint-load`, DIRECTORY gets the histories:
of 1,000,000 and 10,000,000 events unless other numbers are given. Every number is that of the
shortest of three runs, each a process of its own.
"""

import json
import pathlib
import shutil
import subprocess
import sys

ROUNDS = 3


def measured(*arguments):
    """What the shortest of several runs says of itself."""
    runs = []
    for _ in range(ROUNDS):
        output = subprocess.run([*map(str, arguments)], check=True, capture_output=True, text=True)
        runs.append(json.loads(output.stdout))
    return min(runs, key=lambda run: run["seconds"])


def megabytes(count):
    return f"{count / 1e6:,.1f} MB"


def row(name, who, run, ours=None):
    columns = [
        name,
        who,
        f"{run['seconds']:.2f} s",
        megabytes(run["read"]),
        megabytes(run["written"]),
        megabytes(run["peak"]),
        f"{run['seconds'] / ours['seconds']:.1f} x" if ours else "",
    ]
    print("|", " | ".join(columns), "|", flush=True)


def main(command, bin_directory, directory, *counts):
    load = pathlib.Path(bin_directory) / "checkpoint-load"
    directory = pathlib.Path(directory)
    peer = pathlib.Path(__file__).with_name("merge_peer.py")
    print("| what | who | time | read | written | peak memory | ours is faster by |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for count in [int(text) for text in counts] or [1_000_000, 10_000_000]:
        history = directory / f"history-{count}"
        shutil.rmtree(history, ignore_errors=True)
        history.mkdir(parents=True)
        subprocess.run([load, "build", history, str(count)], check=True, capture_output=True)
        for kind, what in [("new", "at the end of"), ("late", "spread over")]:
            name = f"10,000 events {what} {count:,}"
            ours = measured(load, kind, history, count)
            theirs = measured(
                sys.executable, peer, history / "history.parquet", history / f"{kind}.parquet",
                history / "out.parquet",
            )
            if theirs["rows"] != ours["rows"]:
                sys.exit(f"{name}: {ours['rows']} rows, and Polars has {theirs['rows']}")
            row(name, "ours", ours)
            row(name, "Polars", theirs, ours)

    print()
    print("| first run over 25,000 objects | events/s | peak memory |")
    print("|---|--:|--:|")
    events = directory / "events-first"
    shutil.rmtree(events, ignore_errors=True)
    subprocess.run(
        [command, "generate", "--count", "25000", "--seed", "1", "--output", events],
        check=True, capture_output=True,
    )
    for name, source in [("in memory", "served"), ("in a directory", events)]:
        run = measured(load, "first", source, 25_000)
        print(f"| {name} | {25_000 / run['seconds']:,.0f} | {megabytes(run['peak'])} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
