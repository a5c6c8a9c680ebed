"""Tables of every type that flat Parquet files hold, with the JSON form of each value beside it.

Values are made from integers and bytes here, and their JSON form is written from the same
integers and bytes, so that no reader has a part in what is expected.
"""

import decimal
import random
import uuid

import pyarrow as pa

import parquet_values as values

EDGE_STRINGS = ["", "a", "é", "漢字", "😀 \u0000 \"quoted\" \\ \n", "x" * 300, "\u2028", "null"]


class Made:
    """A column: its name, Arrow type, values and their JSON form."""

    def __init__(self, name, kind, items, forms):
        self.name, self.kind, self.items, self.forms = name, kind, items, forms


def _integers(random_, bits, signed, count):
    low = -(1 << (bits - 1)) if signed else 0
    high = (1 << (bits - 1)) - 1 if signed else (1 << bits) - 1
    edges = [low, high, 0, 1, low + 1, high - 1]
    return (edges + [random_.randint(low, high) for _ in range(count)])[:count]


def _instants(random_, unit, count):
    """Counts of the unit since 1970, within what a 64-bit number of nanoseconds holds."""
    scale = values.NANOSECONDS[unit]
    edges = [0, 1, -1, 10**9 // scale, -(10**9) // scale, 951_782_400 * 10**9 // scale]
    bound = 9 * 10**18 // scale if unit == "ns" else 60_000_000_000 * 10**9 // scale
    return (edges + [random_.randint(-bound, bound) for _ in range(count)])[:count]


def _decimals(random_, precision, scale, count):
    high = 10**precision - 1
    numbers = ([0, 1, -1, high, -high] + [random_.randint(-high, high) for _ in range(count)])
    context = decimal.Context(prec=100)
    return [decimal.Decimal(n).scaleb(-scale, context) for n in numbers[:count]]


def _arrow_calendar(kind, numbers):
    """An Arrow array from the integers that it stores, which Python's classes cannot all show."""
    storage = pa.int32() if kind in (pa.date32(), pa.time32("s"), pa.time32("ms")) else pa.int64()
    return pa.array(numbers, storage).cast(kind)


def made_columns(count, seed, only=None):
    """The columns, each of `count` values without nulls."""
    r = random.Random(seed)
    made = []

    def add(name, kind, items, form=lambda value: value):
        if only is None or name in only:
            made.append(Made(name, kind, items, [form(item) for item in items]))

    add("bool", pa.bool_(), [r.random() < 0.4 for _ in range(count)])
    for bits in (8, 16, 32, 64):
        add(f"int{bits}", getattr(pa, f"int{bits}")(), _integers(r, bits, True, count))
        add(f"uint{bits}", getattr(pa, f"uint{bits}")(), _integers(r, bits, False, count))
    add("few_int32", pa.int32(), [r.randint(0, 3) for _ in range(count)])
    specials = [0.0, -0.0, 1.5, float("nan"), float("inf"), float("-inf"), 1e-40, 3.4e38, 16777216.0]
    narrow = [pa.scalar(r.uniform(-1e6, 1e6), pa.float32()).as_py() for _ in range(count)]
    specials32 = [pa.scalar(value, pa.float32()).as_py() for value in specials]
    add("float", pa.float32(), (specials32 + narrow)[:count], lambda v: values.floating(v, 32))
    wide = [r.uniform(-1, 1) * 10.0 ** r.randint(-300, 300) for _ in range(count)]
    add(
        "double", pa.float64(), (specials + [5e-324, 1.7976931348623157e308] + wide)[:count],
        values.floating,
    )
    words = [r.choice(["form", "dicom", "apoe", "gwas"]) for _ in range(count)]
    add("few_strings", pa.string(), words)
    unique = EDGE_STRINGS + [f"ptid-{r.getrandbits(64):x}" for _ in range(count)]
    add("string", pa.string(), unique[:count])
    blobs = [b"", b"\x00", b"\xff\xfe"] + [r.randbytes(r.randint(0, 40)) for _ in range(count)]
    add("binary", pa.binary(), blobs[:count], values.binary)
    for width in (1, 5, 16):
        fixed = [r.randbytes(width) for _ in range(count)]
        add(f"fixed{width}", pa.binary(width), fixed, values.binary)
    days = [0, -1, 11_016, -719_162, 2_932_896] + [r.randint(-719_162, 2_932_896) for _ in range(count)]
    add("date", pa.date32(), days[:count], values.date)
    for unit, kind in (("ms", pa.time32("ms")), ("us", pa.time64("us")), ("ns", pa.time64("ns"))):
        scale = values.NANOSECONDS[unit]
        last = values.DAY // scale - 1
        clock = [0, 1, last, 10**9 // scale] + [r.randint(0, last) for _ in range(count)]
        digits = {"ms": 3, "us": 6, "ns": 9}[unit]
        add(
            f"time_{unit}", kind, clock[:count],
            lambda v, scale=scale, digits=digits: values.time(v * scale, digits),
        )
    for unit in ("s", "ms", "us", "ns"):
        for zone in (None, "UTC"):
            scale = values.NANOSECONDS[unit]
            digits = {"s": 3, "ms": 3, "us": 6, "ns": 9}[unit]  # Parquet has no seconds
            add(
                f"timestamp_{unit}_{zone or 'local'}", pa.timestamp(unit, zone),
                _instants(r, unit, count),
                lambda v, scale=scale, digits=digits, zone=zone: values.timestamp(
                    v * scale, digits, zone is not None
                ),
            )
    for precision, scale in ((4, 2), (9, 0), (9, 9), (15, 3), (18, 18), (20, 5), (38, 10), (38, 0)):
        add(
            f"decimal_{precision}_{scale}", pa.decimal128(precision, scale),
            _decimals(r, precision, scale, count), values.decimal,
        )
    ids = [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)]
    ids = (ids + [uuid.UUID(int=r.getrandbits(128)) for _ in range(count)])[:count]
    add("uuid", pa.uuid(), [i.bytes for i in ids], values.unique_identifier)
    add("json", pa.json_(), [f'{{"n": [{n}, "é"]}}' for n in range(count)])
    return made


def blank(made, nulls, seed):
    """The same columns with no, some or only nulls, in stretches of several lengths."""
    if nulls == "none":
        return made
    r = random.Random(seed)
    result = []
    for column in made:
        count = len(column.items)
        keep = [False] * count
        if nulls == "some":
            keep = []
            while len(keep) < count:
                keep += [r.random() < 0.6] * r.choice([1, 1, 1, 2, 3, 8, 40])
            keep = keep[:count]
        result.append(
            Made(
                column.name, column.kind,
                [item if k else None for item, k in zip(column.items, keep)],
                [form if k else None for form, k in zip(column.forms, keep)],
            )
        )
    return result


def arrow_array(column):
    kind = column.kind
    if pa.types.is_temporal(kind):
        return _arrow_calendar(kind, column.items)
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array(column.items, kind.storage_type))
    return pa.array(column.items, kind)


def arrow_table(made, nullable=True):
    """The columns as an Arrow table, with or without `optional` in the file's schema."""
    fields = [pa.field(column.name, column.kind, nullable) for column in made]
    return pa.Table.from_arrays([arrow_array(column) for column in made], schema=pa.schema(fields))


def expected_rows(made):
    names = [column.name for column in made]
    return [dict(zip(names, row)) for row in zip(*(column.forms for column in made))]
