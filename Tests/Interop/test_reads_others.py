"""`parquet cat --json` gives back every value that pyarrow, Polars and DuckDB write."""

import itertools
import json

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import foreign_tables

CODECS = ["none", "snappy", "gzip", "zstd"]
NULLS = ["none", "some", "all"]
SEED = 20_250_101


def same(ours, expected):
    """Equal as JSON: true is not 1, while 1.0 may be printed as 1."""
    if isinstance(ours, bool) != isinstance(expected, bool):
        return False
    return ours == expected


def compare(rows, made):
    expected = foreign_tables.expected_rows(made)
    assert len(rows) == len(expected)
    names = [column.name for column in made]
    for index, (ours, theirs) in enumerate(zip(rows, expected)):
        assert list(ours) == names, f"row {index}: the columns are not in the file's order"
        wrong = {k: (ours[k], theirs[k]) for k in names if not same(ours[k], theirs[k])}
        assert not wrong, f"row {index}, (ours, theirs): {wrong}"


@pytest.mark.parametrize(
    "codec,version,dictionary,nulls",
    list(itertools.product(CODECS, ["1.0", "2.0"], [True, False], NULLS)),
)
def test_pyarrow(cat, tmp_path, codec, version, dictionary, nulls):
    made = foreign_tables.blank(foreign_tables.made_columns(300, SEED), nulls, SEED)
    path = tmp_path / "pyarrow.parquet"
    pq.write_table(
        foreign_tables.arrow_table(made), path, compression=codec, data_page_version=version,
        use_dictionary=dictionary, row_group_size=130, data_page_size=200, write_batch_size=16,
        # By turns: decimals as integers where they fit, checksums, and the page index.
        store_decimal_as_integer=dictionary, write_page_checksum=nulls == "some",
        write_page_index=version == "2.0",
    )
    compare(cat(path), made)


@pytest.mark.parametrize("codec,version", list(itertools.product(CODECS, ["1.0", "2.0"])))
def test_pyarrow_required_columns(cat, tmp_path, codec, version):
    made = foreign_tables.made_columns(200, SEED + 1)
    path = tmp_path / "required.parquet"
    pq.write_table(
        foreign_tables.arrow_table(made, nullable=False), path, compression=codec,
        data_page_version=version, row_group_size=77,
    )
    compare(cat(path), made)


def test_pyarrow_many_distinct_strings_fall_back_from_the_dictionary(cat, tmp_path):
    made = foreign_tables.made_columns(3_000, SEED + 2, only={"string", "few_strings", "int64"})
    path = tmp_path / "fallback.parquet"
    pq.write_table(
        foreign_tables.arrow_table(made), path, dictionary_pagesize_limit=4_000,
        data_page_size=1_000, compression="zstd",
    )
    compare(cat(path), made)


POLARS_COLUMNS = {
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "few_int32",
    "float", "double", "few_strings", "string", "binary", "date", "time_ns", "timestamp_ms_local",
    "timestamp_us_local", "timestamp_ns_local", "timestamp_ms_UTC", "timestamp_us_UTC",
    "timestamp_ns_UTC", "decimal_4_2", "decimal_15_3", "decimal_20_5", "decimal_38_10",
}


@pytest.mark.parametrize("codec,nulls", list(itertools.product(CODECS, NULLS)))
def test_polars(cat, tmp_path, codec, nulls):
    made = foreign_tables.made_columns(300, SEED + 3, only=POLARS_COLUMNS)
    made = foreign_tables.blank(made, nulls, SEED + 3)
    path = tmp_path / "polars.parquet"
    frame = polars.from_arrow(foreign_tables.arrow_table(made), rechunk=True)
    frame.write_parquet(
        path, compression="uncompressed" if codec == "none" else codec, row_group_size=130,
        data_page_size=500,
    )
    compare(cat(path), made)


DUCKDB_COLUMNS = {
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "few_int32",
    "float", "double", "few_strings", "string", "binary", "date", "time_us", "timestamp_us_local",
    "timestamp_ns_local", "timestamp_us_UTC", "decimal_4_2", "decimal_9_9", "decimal_15_3",
    "decimal_18_18", "decimal_20_5", "decimal_38_10", "uuid",
}


@pytest.mark.parametrize(
    "codec,version,nulls", list(itertools.product(CODECS, ["V1", "V2"], NULLS))
)
def test_duckdb(cat, tmp_path, codec, version, nulls):
    # DuckDB's row groups are multiples of its vectors of 2,048 rows.
    count = 2_500 if nulls == "some" else 300
    made = foreign_tables.made_columns(count, SEED + 4, only=DUCKDB_COLUMNS)
    made = foreign_tables.blank(made, nulls, SEED + 4)
    path = tmp_path / "duckdb.parquet"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("made", foreign_tables.arrow_table(made))
    name = "uncompressed" if codec == "none" else codec
    connection.execute(
        f"COPY (SELECT * FROM made) TO '{path}' "
        f"(FORMAT parquet, CODEC '{name}', PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)"
    )
    compare(cat(path), made)


def test_duckdb_enum_json_and_uuid(cat, tmp_path):
    path = tmp_path / "types.parquet"
    duckdb.connect().execute(
        f"""
        COPY (
          SELECT CASE i % 3 WHEN 0 THEN 'submit' WHEN 1 THEN 'delete' END
                   ::ENUM('submit', 'delete') AS action,
                 ('{{"n": ' || i || '}}') :: JSON AS document,
                 ('00000000-0000-4000-8000-' || lpad(i::VARCHAR, 12, '0')) :: UUID AS id
          FROM range(100) AS numbers(i) ORDER BY i
        ) TO '{path}' (FORMAT parquet)
        """
    )
    assert cat(path) == [
        {
            "action": ["submit", "delete", None][i % 3],
            "document": f'{{"n": {i}}}',
            "id": f"00000000-0000-4000-8000-{i:012d}",
        }
        for i in range(100)
    ]


def _empty_pyarrow(path):
    schema = pa.schema([("a", pa.int32()), ("b", pa.string())])
    pq.write_table(schema.empty_table(), path)


def _empty_polars(path):
    polars.DataFrame(schema={"a": polars.Int32, "b": polars.String}).write_parquet(path)


def _empty_duckdb(path):
    duckdb.connect().execute(
        f"COPY (SELECT 1::INTEGER AS a, 'x' AS b WHERE false) TO '{path}' (FORMAT parquet)"
    )


@pytest.mark.parametrize("write", [_empty_pyarrow, _empty_polars, _empty_duckdb])
def test_no_rows(cat, command, tmp_path, write):
    path = tmp_path / "empty.parquet"
    write(path)
    assert cat(path) == []
    meta = json.loads(command("parquet", "meta", path, "--json").stdout)
    assert meta["rows"] == 0


def test_chosen_columns_and_rows(command, tmp_path):
    path = tmp_path / "chosen.parquet"
    pq.write_table(pa.table({"a": range(100), "b": list("xyzw") * 25, "c": [None] * 100}), path)
    output = command("parquet", "cat", path, "--json", "--columns", "b,a", "--rows", "3").stdout
    rows = [json.loads(line) for line in output.splitlines()]
    assert [set(row) for row in rows] == [{"a", "b"}] * 3
    assert [row["a"] for row in rows] == [0, 1, 2]
    assert command("parquet", "cat", path, "--columns", "nope", status=64).stderr


@pytest.mark.parametrize("indexed", [True, False])
def test_meta_says_what_pyarrow_says(command, tmp_path, indexed):
    made = foreign_tables.made_columns(300, SEED + 5, only={"int32", "string", "double", "bool"})
    path = tmp_path / "meta.parquet"
    pq.write_table(
        foreign_tables.arrow_table(made), path, row_group_size=130, compression="zstd",
        data_page_size=200, write_batch_size=16, write_page_index=indexed,
    )
    theirs = pq.ParquetFile(path).metadata
    ours = json.loads(command("parquet", "meta", path, "--json").stdout)
    assert ours["rows"] == theirs.num_rows
    assert ours["created_by"] == theirs.created_by
    assert len(ours["row_groups"]) == theirs.num_row_groups
    for index, group in enumerate(ours["row_groups"]):
        assert group["rows"] == theirs.row_group(index).num_rows
        for position, chunk in enumerate(group["columns"]):
            other = theirs.row_group(index).column(position)
            assert chunk["path"] == other.path_in_schema
            assert chunk["type"] == other.physical_type
            assert chunk["codec"] == other.compression
            assert chunk["num_values"] == other.num_values
            assert set(chunk["encodings"]) == set(other.encodings)
            assert chunk["data_page_offset"] == other.data_page_offset
            assert chunk["total_compressed_size"] == other.total_compressed_size
            assert chunk["statistics"]["null_count"] == other.statistics.null_count
            assert chunk["page_index"]["has_column_index"] == other.has_column_index == indexed
            assert chunk["page_index"]["has_offset_index"] == other.has_offset_index == indexed
            if indexed:
                data_pages = [p["count"] for p in chunk["pages"] if p["type"] == "DATA_PAGE"]
                assert chunk["page_index"]["data_pages"] == sum(data_pages)
            if chunk["type"] in ("INT32", "BOOLEAN"):
                assert chunk["statistics"]["min"] == str(other.statistics.min).lower()
                assert chunk["statistics"]["max"] == str(other.statistics.max).lower()


def test_meta_says_between_which_keys_a_row_group_lies(command, tmp_path):
    path = tmp_path / "sorted.parquet"
    table = pa.table({"day": list(range(90)), "name": ["é", "z", None] * 30})
    pq.write_table(
        table, path, row_group_size=30,
        sorting_columns=[pq.SortingColumn(0), pq.SortingColumn(1)],
    )
    groups = json.loads(command("parquet", "meta", path, "--json").stdout)["row_groups"]
    assert [group["key_range"] for group in groups] == [
        [
            {"column": "day", "min": str(start), "max": str(start + 29)},
            {"column": "name", "min": "z", "max": "é"},
        ]
        for start in (0, 30, 60)
    ]
    assert "day from 30 to 59" in command("parquet", "meta", path).stdout
