"""Holds page indexes, statistics and pages of Parquet files against the values as pyarrow reads them.

    check_page_index.py [--tight] FILE...

With `--tight`, bounds of numbers must be the values themselves, for each page too.

Footer, indexes and page headers are parsed here, the values come from pyarrow. For each file one
JSON line: {"chunks": N, "offset_indexes": N, "column_indexes": N, "pages": N, "checksums": N,
"bounds": N}. The first contradiction ends it with status 1 and a sentence.
"""

import decimal
import json
import math
import struct
import sys
import zlib

import pyarrow as pa
import pyarrow.parquet as pq

from thrift_compact import Reader


CONTEXT = decimal.Context(prec=100)


def physical(array):
    """Values as they are stored, where the order of Python's values is the column's."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return physical(
            pa.chunked_array([chunk.storage for chunk in array.chunks], kind.storage_type)
        )
    if pa.types.is_timestamp(kind) or pa.types.is_time64(kind):
        return array.cast(pa.int64()).to_pylist()
    if pa.types.is_time32(kind) or pa.types.is_date32(kind):
        return array.cast(pa.int32()).to_pylist()
    if pa.types.is_decimal(kind):
        return [
            None if v is None else int(v.scaleb(kind.scale, CONTEXT)) for v in array.to_pylist()
        ]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return [None if v is None else v.encode() for v in array.to_pylist()]
    if pa.types.is_dictionary(kind):
        return physical(array.cast(kind.value_type))
    return array.to_pylist()


def bound(column, data):
    """The value of a bound, in the domain of `physical`."""
    logical = json.loads(column.logical_type.to_json())
    if column.physical_type == "BOOLEAN":
        return data != b"\x00"
    if column.physical_type in ("INT32", "INT64"):
        assert len(data) == {"INT32": 4, "INT64": 8}[column.physical_type]
        unsigned = logical["Type"] == "Int" and not logical["isSigned"]
        return int.from_bytes(data, "little", signed=not unsigned)
    if column.physical_type in ("FLOAT", "DOUBLE"):
        return struct.unpack({"FLOAT": "<f", "DOUBLE": "<d"}[column.physical_type], data)[0]
    if logical["Type"] == "Decimal":
        return int.from_bytes(data, "big", signed=True)
    if logical["Type"] in ("String", "JSON", "Enum"):
        data.decode()  # a shortened bound is still text
    return bytes(data)


def is_number(value):
    return not (isinstance(value, float) and math.isnan(value))


class Check:
    def __init__(self, path, is_tight=False):
        self.is_tight = is_tight
        with open(path, "rb") as file:
            self.data = file.read()
        self.path = path
        self.file = pq.ParquetFile(path)
        self.counts = dict.fromkeys(
            ["chunks", "offset_indexes", "column_indexes", "pages", "checksums", "bounds"], 0
        )

    def require(self, condition, *what):
        if not condition:
            raise SystemExit(f"{self.path}: " + " ".join(map(str, what)))

    def run(self):
        length = int.from_bytes(self.data[-8:-4], "little")
        self.footer = len(self.data) - 8 - length
        footer = Reader(self.data, self.footer).struct()
        for number, group in enumerate(footer[4]):
            theirs = self.file.metadata.row_group(number)
            self.require(
                group.get(7, number) == number, "row group", number, "is numbered", group.get(7)
            )
            if theirs.num_rows == 0:
                continue
            table = self.file.read_row_group(number)
            for position, chunk in enumerate(group[1]):
                column = self.file.schema.column(position)
                place = f"row group {number}, column {column.name}:"
                self.counts["chunks"] += 1
                meta = theirs.column(position)
                self.require(meta.has_offset_index == (4 in chunk), place, "offset index")
                self.require(meta.has_column_index == (6 in chunk), place, "column index")
                values = physical(table.column(position))
                self.chunk(place, column, chunk, values)
        return self.counts

    def chunk(self, place, column, chunk, values):
        meta = chunk[3]
        statistics = meta.get(12, {})
        present = [v for v in values if v is not None]
        if 3 in statistics:
            self.require(
                statistics[3] == len(values) - len(present), place, "null count", statistics[3]
            )
        if 6 in statistics:
            self.encloses(
                place, column, statistics[6], statistics.get(5), present, statistics.get(8),
                statistics.get(7),
            )
        if 4 not in chunk:
            return
        self.counts["offset_indexes"] += 1
        index = Reader(self.data[: chunk[4] + chunk[5]], chunk[4])
        pages = index.struct()[1]
        self.require(index.position == chunk[4] + chunk[5], place, "length of the offset index")
        starts = [page[3] for page in pages] + [len(values)]
        self.require(starts[0] == 0 and starts == sorted(starts), place, "first rows", starts)
        for number, page in enumerate(pages):
            self.page(f"{place} page {number}:", page, starts[number + 1] - starts[number])
        # What the index names is all there is: the sizes add up to the chunk's.
        offset = meta[9] if not meta.get(11) else min(meta[9], meta[11])
        total = sum(page[2] for page in pages) + pages[0][1] - offset
        self.require(total == meta[7], place, "pages of", total, "bytes in a chunk of", meta[7])
        if 6 in chunk:
            self.column_index(place, column, chunk, starts, values)

    def page(self, place, page, rows):
        reader = Reader(self.data, page[1])
        header = reader.struct()
        kind = {0: 5, 3: 8}.get(header[1])
        self.require(kind, place, "page type", header[1])
        self.require(header[kind][1] == rows, place, header[kind][1], "values for", rows, "rows")
        size = reader.position - page[1] + header[3]
        self.require(size == page[2], place, "size", page[2], "not", size)
        body = self.data[reader.position : reader.position + header[3]]
        if 4 in header:
            self.require(zlib.crc32(body) == header[4] % 2**32, place, "CRC-32")
            self.counts["checksums"] += 1
        self.counts["pages"] += 1

    def column_index(self, place, column, chunk, starts, values):
        self.counts["column_indexes"] += 1
        reader = Reader(self.data[: chunk[6] + chunk[7]], chunk[6])
        index = reader.struct()
        self.require(reader.position == chunk[6] + chunk[7], place, "length of the column index")
        count = len(starts) - 1
        for field in (1, 2, 3) + ((5,) if 5 in index else ()):
            self.require(len(index[field]) == count, place, "field", field, "of the column index")
        bounds = []
        for page in range(count):
            part = values[starts[page] : starts[page + 1]]
            present = [v for v in part if v is not None]
            here = f"{place} page {page}:"
            self.require(index[1][page] == (not present), here, "null page", index[1][page])
            if 5 in index:
                self.require(index[5][page] == len(part) - len(present), here, "null count")
            if present:
                self.encloses(here, column, index[2][page], index[3][page], present, None, None)
                bounds.append((bound(column, index[2][page]), bound(column, index[3][page])))
        for low, high in zip(bounds, bounds[1:]):
            if index[4] == 2:
                low, high = high, low
            self.require(
                index[4] == 0 or (low[0] <= high[0] and low[1] <= high[1]), place,
                "boundary order", index[4], bounds,
            )

    def encloses(self, place, column, low, high, present, low_exact, high_exact):
        values = [v for v in present if is_number(v)]
        if not values:
            return
        least, greatest = min(values), max(values)
        low_value = bound(column, low)
        self.require(low_value <= least, place, "minimum", low_value, "above", least)
        self.require(low_exact is not True or low_value == least, place, "inexact minimum")
        self.counts["bounds"] += 1
        if high is None:
            return
        high_value = bound(column, high)
        self.require(high_value >= greatest, place, "maximum", high_value, "below", greatest)
        self.require(high_exact is not True or high_value == greatest, place, "inexact maximum")
        if self.is_tight and column.physical_type in ("INT32", "INT64", "BOOLEAN", "FLOAT", "DOUBLE"):
            # No bound of these is ever shortened.
            self.require(
                low_value == least and high_value == greatest, place, "loose bounds",
                (low_value, high_value), (least, greatest),
            )


def main():
    is_tight = sys.argv[1:2] == ["--tight"]
    for path in sys.argv[2 if is_tight else 1 :]:
        print(json.dumps(Check(path, is_tight).run()))


if __name__ == "__main__":
    main()
