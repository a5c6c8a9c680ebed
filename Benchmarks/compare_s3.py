"""Prints what S3Lite and its peers make of a server of small objects on this machine, as a table.

    compare_s3.py DIRECTORY

DIRECTORY holds the programs `s3-stand-in` and `s3-load`. Server and clients share the processors;
what counts are the ratios of one run.
"""

import contextlib
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

PROGRAMS = pathlib.Path(sys.executable).parent
PEERS = pathlib.Path(__file__).with_name("s3_peers.py")
# Seconds a program may take for one copy; one that hangs must not hang the rest.
PATIENCE = 120
ENVIRONMENT = os.environ | {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
}


@contextlib.contextmanager
def stand_in(directory, keys, latency=0, page_latency=0):
    command = [directory / "s3-stand-in", str(keys), str(latency), str(page_latency)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


def reported(*command):
    """What a program says of its own run."""
    done = subprocess.run(
        [*map(str, command)], check=True, capture_output=True, text=True, env=ENVIRONMENT
    )
    return json.loads(done.stdout)


def downloaded(count, *command):
    """A program that copies the bucket to a directory, its start included; None where it hangs."""
    with tempfile.TemporaryDirectory() as target:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        try:
            subprocess.run(
                [*map(str, command), target], check=True, capture_output=True, env=ENVIRONMENT,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return None
        seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = sum(len(files) for _, _, files in os.walk(target))
        assert found == count, f"{command[0]} copied {found} of {count} objects"
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"count": count, "seconds": seconds, "processor": used}


def best(run, times):
    """The shortest of several runs; None where one of them hangs."""
    results = []
    for _ in range(times):
        results.append(run())
        if results[-1] is None:
            return None
    return min(results, key=lambda result: result["seconds"])


def gets(directory, latency):
    """Reading objects of 350 bytes."""
    results = {}
    python = sys.executable
    with stand_in(directory, 1_000_000, latency) as url:
        results["S3Lite"] = best(
            lambda: reported(directory / "s3-load", "get", url, 40_000, 256), 3
        )
        results["boto3, 50 threads"] = best(lambda: reported(python, PEERS, "boto3", url, 2_000), 2)
        results["obstore (Rust's object_store)"] = best(
            lambda: reported(python, PEERS, "obstore", url, 40_000), 3
        )
    # Those that copy a bucket to files get a smaller one.
    count = 5_000
    with stand_in(directory, count, latency) as url:
        s5cmd = [PROGRAMS / "s5cmd", "--endpoint-url", url, "cp", "s3://bench/events/*"]
        results["s5cmd, to files"] = best(lambda: downloaded(count, *s5cmd), 2)
        # Left alone, rclone lists another provider's bucket by the first version of ListObjects, which the
        # stand-in does not speak.
        remote = (
            f":s3,provider=Other,list_version=2,env_auth=true,endpoint='{url}',"
            "force_path_style=true:bench/events"
        )
        rclone = [
            PROGRAMS / "rclone", "copy", "--config", "/dev/null", "--transfers", "64", "--checkers",
            "64", remote,
        ]
        results["rclone, 64 transfers, to files"] = best(lambda: downloaded(count, *rclone), 2)
        aws = [
            PROGRAMS / "aws", "--endpoint-url", url, "s3", "cp", "--only-show-errors", "--recursive",
            "s3://bench/events/",
        ]
        results["AWS CLI, to files"] = downloaded(count, *aws)
    return results


def table(title, results):
    own = results["S3Lite"]
    rate = own["count"] / own["seconds"]
    print(f"\n{title}\n")
    print("| client | requests/s | CPU µs/request | S3Lite is faster by |")
    print("|---|--:|--:|--:|")
    for name, result in results.items():
        if result is None:
            print(f"| {name} | not done in {PATIENCE} s | | |")
            continue
        theirs = result["count"] / result["seconds"]
        used = result["processor"] / result["count"] * 1e6
        ratio = "" if result is own else f"{rate / theirs:.1f} x"
        print(f"| {name} | {theirs:,.0f} | {used:,.0f} | {ratio} |")


def main():
    directory = pathlib.Path(sys.argv[1])
    table("GET of 350 bytes", gets(directory, 0))
    table("GET of 350 bytes, 20 ms of latency", gets(directory, 20))
    with stand_in(directory, 1_000_000, 0, 50) as url:
        listing = best(lambda: reported(directory / "s3-load", "list", url), 3)
    assert listing["count"] == 1_000_000, listing
    signature = best(lambda: reported(directory / "s3-load", "sign", 200_000), 3)
    print("\n| what | time |\n|---|--:|")
    print(f"| listing 1,000,000 keys, 50 ms a page | {listing['seconds']:.2f} s |")
    print(f"| a signature | {signature['seconds'] / signature['count'] * 1e6:.2f} µs |")


if __name__ == "__main__":
    main()
