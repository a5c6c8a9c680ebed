"""Writes files of several row groups as pyarrow, Polars and DuckDB do, for the tests that take their
row groups over.

    write_foreign.py DIRECTORY SEED

Prints the names of the files, one a line.
"""

import pathlib
import sys

import duckdb
import polars
import pyarrow.parquet as pq

import foreign_tables

PYARROW = {
    "pyarrow-v1": dict(
        compression="snappy", data_page_version="1.0", data_page_size=300, write_batch_size=20,
        write_page_index=True, write_page_checksum=True,
    ),
    "pyarrow-v2": dict(
        compression="zstd", data_page_version="2.0", data_page_size=300, write_batch_size=20,
        write_page_index=True, write_page_checksum=True, use_dictionary=False,
    ),
    "pyarrow-without-index": dict(compression="gzip", data_page_size=300, write_batch_size=20),
}
# Types that Polars and DuckDB keep as they are.
SHARED = {
    "bool", "int32", "int64", "double", "few_strings", "string", "binary", "date",
    "timestamp_us_UTC", "decimal_15_3",
}


def main():
    directory, seed = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    made = foreign_tables.blank(foreign_tables.made_columns(400, seed), "some", seed)
    for name, options in PYARROW.items():
        path = directory / f"{name}.parquet"
        pq.write_table(foreign_tables.arrow_table(made), path, row_group_size=90, **options)
        print(path.name)
    made = foreign_tables.blank(foreign_tables.made_columns(5000, seed, only=SHARED), "some", seed)
    table = foreign_tables.arrow_table(made)
    polars.from_arrow(table, rechunk=True).write_parquet(
        directory / "polars.parquet", row_group_size=1100, data_page_size=2000
    )
    print("polars.parquet")
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("made", table)
    connection.execute(
        f"COPY (SELECT * FROM made) TO '{directory / 'duckdb.parquet'}' "
        "(FORMAT parquet, ROW_GROUP_SIZE 2048)"
    )
    print("duckdb.parquet")


main()
