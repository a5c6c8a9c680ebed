"""Parquet files through pyarrow, Polars and DuckDB, as rows in the JSON form of `parquet_values`.

Each reader decodes the file by itself. What they lose on the way into memory (that bytes are a
UUID, that a timestamp had milliseconds) is taken from the schema in the footer.
"""

import json

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

import parquet_values


def _pyarrow(path):
    return pq.ParquetFile(path).read()


def _polars(path):
    return polars.read_parquet(path, hive_partitioning=False).to_arrow()


def _duckdb(path):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection.from_parquet(str(path), hive_partitioning=False).to_arrow_table()


READERS = {"pyarrow": _pyarrow, "polars": _polars, "duckdb": _duckdb}


class Column:
    """What the footer says about a column."""

    def __init__(self, column):
        self.name = column.name
        self.physical = column.physical_type
        logical = json.loads(column.logical_type.to_json())
        self.logical = logical["Type"]
        self.is_utc = logical.get("isAdjustedToUTC", False)
        self.digits = parquet_values.DIGITS.get(logical.get("timeUnit"), 9)


def columns(path):
    schema = pq.ParquetFile(path).schema
    return [Column(schema.column(index)) for index in range(len(schema))]


def _plain(array):
    """Python values: integers in place of anything with a calendar."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        array = pa.chunked_array([chunk.storage for chunk in array.chunks], kind.storage_type)
        return _plain(array)
    if pa.types.is_dictionary(kind):
        return _plain(array.cast(kind.value_type))
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        scale = parquet_values.NANOSECONDS[kind.unit]
        wide = pa.int32() if pa.types.is_time32(kind) else pa.int64()
        return [None if v is None else v * scale for v in array.cast(wide).to_pylist()]
    if pa.types.is_date32(kind):
        return array.cast(pa.int32()).to_pylist()
    return array.to_pylist()


def _json(column, value):
    if value is None:
        return None
    if column.logical == "Timestamp" or column.physical == "INT96":
        return parquet_values.timestamp(value, column.digits, column.is_utc)
    if column.logical == "Time":
        return parquet_values.time(value, column.digits)
    if column.logical == "Date":
        return parquet_values.date(value)
    if column.logical == "Decimal":
        return parquet_values.decimal(value)
    if column.logical == "UUID":
        return value if isinstance(value, str) else parquet_values.unique_identifier(value)
    if column.physical == "FLOAT":
        return parquet_values.floating(value, 32)
    if column.logical == "Float16":
        return parquet_values.floating(value, 16)
    if column.physical == "DOUBLE":
        return parquet_values.floating(value)
    if column.logical in ("String", "Enum", "JSON"):
        return value if isinstance(value, str) else bytes(value).decode()
    if isinstance(value, bytes):
        return parquet_values.binary(value)
    return value


def rows(reader, path):
    """All rows of a file, each a dictionary in column order."""
    table = READERS[reader](path)
    described = columns(path)
    assert table.column_names == [column.name for column in described], reader
    values = [
        [_json(column, value) for value in _plain(array)]
        for column, array in zip(described, table.columns)
    ]
    names = table.column_names
    return [dict(zip(names, row)) for row in zip(*values)]
