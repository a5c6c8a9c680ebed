"""Merges new events into a history by reading and writing all of it with Polars, as a line of JSON.

    merge_peer.py HISTORY NEW OUT

A process of its own, for the sake of its memory. The time is without the start of Python.
"""

import json
import os
import resource
import sys
import time

import polars


def processor():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main(history, new, out):
    start, before = time.perf_counter(), processor()
    frame = polars.concat([polars.read_parquet(history), polars.read_parquet(new)])
    frame = frame.sort("timestamp", "ptid", "action")
    frame.write_parquet(out, compression="zstd")
    print(
        json.dumps(
            {
                "rows": len(frame),
                "seconds": time.perf_counter() - start,
                "processor": processor() - before,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "read": os.path.getsize(history) + os.path.getsize(new),
                "written": os.path.getsize(out),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
