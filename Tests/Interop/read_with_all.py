"""Prints a Parquet file's rows as pyarrow, Polars and DuckDB read them.

    read_with_all.py FILE [READER...]

For each reader a line `{"reader": NAME, "rows": N}`, then a line for each row, in the form of
`event-checkpoint parquet cat --json`. A reader that refuses the file has `{"reader": NAME,
"error": SENTENCE}` in place of all that.
"""

import json
import sys

import readers


def line(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def main():
    path, *names = sys.argv[1:]
    for name in names or readers.READERS:
        try:
            rows = readers.rows(name, path)
        except Exception as error:
            print(line({"reader": name, "error": f"{type(error).__name__}: {error}"}))
            continue
        print(line({"reader": name, "rows": len(rows)}))
        for row in rows:
            print(line(row))


main()
