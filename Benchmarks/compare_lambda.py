"""Prints what the Lambda function takes, as tables: starts, and runs over a small S3 on this machine.

    compare_lambda.py EVENT-CHECKPOINT SERVE-S3 NAME=BOOTSTRAP...

Each BOOTSTRAP is the function as a program, such as the static and the layered one. A Runtime API server
and S3 share the processors with it.
"""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Tests/Interop"))
import runtime_api_peer  # noqa: E402

OBJECTS = 24_903
STARTS = 20
BATCH, WARM = 10, 50
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
    "SOURCE_BUCKET": "bucket", "SOURCE_PREFIX": "logs/", "LOG_LEVEL": "ERROR",
}


def median_start(program):
    """From the start of the process to its first request for an invocation."""
    seconds = []
    for _ in range(STARTS):
        with runtime_api_peer.running(program, ENVIRONMENT) as (peer, process):
            assert peer.polled.wait(10), process.text()
            seconds.append(process.seconds_to_first_call())
    return statistics.median(seconds)


@contextlib.contextmanager
def s3(program, directory, latency):
    with subprocess.Popen(
        [program, directory, "logs/", str(latency)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


def peak_memory(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no peak memory")


def processor_time(process):
    """Seconds that a process has computed so far."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answered(peer, event):
    start = time.perf_counter()
    answer = peer.invoke(json.dumps(event).encode(), str(uuid.uuid4()), timeout=900)
    seconds = time.perf_counter() - start
    assert answer.kind == "response", answer
    return seconds, answer.json()


def message(keys):
    """A batch of SQS with a notification for each key."""
    return {
        "Records": [
            {
                "messageId": f"m{index}", "eventSource": "aws:sqs",
                "body": json.dumps({
                    "Records": [{
                        "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                        "s3": {"bucket": {"name": "bucket"}, "object": {"key": key}},
                    }]
                }),
            }
            for index, key in enumerate(keys)
        ]
    }


def put(url, path):
    """Puts an object into the bucket; nobody checks signatures there."""
    request = urllib.request.Request(
        f"{url}/bucket/logs/{path.name}", data=path.read_bytes(), method="PUT"
    )
    urllib.request.urlopen(request).close()


def runs(program, serve, events, new, latency):
    """First run, run without news, and warm batches of notifications of new objects, over one S3."""
    with s3(serve, events, latency) as url:
        environment = ENVIRONMENT | {"AWS_ENDPOINT_URL_S3": url}
        with runtime_api_peer.running(program, environment) as (peer, process):
            first, answer = answered(peer, {})
            assert answer["statusCode"] == 200 and answer["body"]["complete"], answer
            assert answer["body"]["fetched"] == OBJECTS, answer
            memory = peak_memory(process)
            before = processor_time(process)
            idle = min(answered(peer, {})[0] for _ in range(5))
            computed = (processor_time(process) - before) / 5
            seconds = []
            for start in range(0, len(new), BATCH):
                batch = new[start : start + BATCH]
                for path in batch:
                    put(url, path)
                duration, answer = answered(peer, message([f"logs/{path.name}" for path in batch]))
                assert answer == {"batchItemFailures": []}, answer
                seconds.append(duration)
            # The first one is no warm one: it is the first of its kind in this process.
            warm = statistics.median(seconds[1:])
            _, answer = answered(peer, {})
            assert answer["body"]["rows"] == OBJECTS + len(new), answer
            assert not peer.complaints, peer.complaints
            return first, memory, idle, computed, warm


def main(command, serve, *programs):
    programs = dict(program.split("=", 1) for program in programs)
    print("| start of the process to its first `next` | median of %d |\n|---|--:|" % STARTS)
    for name, program in programs.items():
        print(f"| {name} | {median_start(program) * 1000:.0f} ms |", flush=True)
    print(
        f"\n| {OBJECTS:,} objects | first run | peak memory | run without news | its CPU "
        "| warm, 10 keys by SQS |\n|---|--:|--:|--:|--:|--:|"
    )
    with tempfile.TemporaryDirectory() as directory:
        events, held = pathlib.Path(directory, "events"), pathlib.Path(directory, "new")
        held.mkdir()
        subprocess.run(
            [command, "generate", "--count", str(OBJECTS + BATCH * (WARM + 1)), "--seed", "13",
             "--output", events, "--invalid-percent", "0", "--sandbox-percent", "0"],
            check=True, stdout=subprocess.DEVNULL,
        )
        # The last ones come later, one batch after the other.
        new = [path.rename(held / path.name) for path in sorted(events.iterdir())[OBJECTS:]]
        for name, program in programs.items():
            for latency in (0, 20):
                first, memory, idle, computed, warm = runs(program, serve, events, new, latency)
                print(
                    f"| {name}, {latency} ms of latency | {first:.1f} s | {memory / 1e6:.0f} MB "
                    f"| {idle * 1000:.0f} ms | {computed * 1000:.0f} ms | {warm * 1000:.0f} ms |", flush=True,
                )


if __name__ == "__main__":
    main(*sys.argv[1:])
