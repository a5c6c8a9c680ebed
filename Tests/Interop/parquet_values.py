"""The JSON form of Parquet values, as `event-checkpoint parquet cat --json` prints them.

Written from the description of that form, without a look at the Swift code: integers and finite
floats as numbers, other floats as strings, text as strings, other bytes as base64, DECIMAL as a
decimal string, DATE `YYYY-MM-DD`, TIME `HH:MM:SS` with a fraction of six digits (nine
for nanoseconds) unless it is zero, TIMESTAMP ISO 8601 with all the digits of its unit, UUID in its usual form.
"""

import base64
import math
import struct
import uuid

DIGITS = {"milliseconds": 3, "microseconds": 6, "nanoseconds": 9}
NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
DAY = 86_400 * 10**9


def floating(value, bits=64):
    """A JSON number, or the name of what JSON has no number for."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if bits == 64:
        return value
    # The shortest digits that lead back to the same narrow float.
    form = {32: "<f", 16: "<e"}[bits]
    packed = struct.pack(form, value)
    for digits in range(1, 10):
        shorter = float(f"{value:.{digits}g}")
        try:
            if struct.pack(form, shorter) == packed:
                return shorter
        except OverflowError:  # rounded up beyond the largest narrow float
            continue
    return value


def date(days):
    """`YYYY-MM-DD` of days since 1970-01-01, in the proleptic Gregorian calendar."""
    era_days = days + 719_468  # from 0000-03-01
    era, day_of_era = divmod(era_days, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    return f"{year:04d}-{month:02d}-{day:02d}"


def _clock(nanoseconds):
    seconds, fraction = divmod(nanoseconds, 10**9)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return text, fraction, f".{fraction:09d}"


def time(nanoseconds, digits):
    text, fraction, suffix = _clock(nanoseconds)
    return text + suffix[: max(digits, 6) + 1] if fraction else text


def timestamp(nanoseconds, digits, is_utc):
    days, rest = divmod(nanoseconds, DAY)
    text, _, suffix = _clock(rest)
    return f"{date(days)}T{text}{suffix[: digits + 1]}{'Z' if is_utc else ''}"


def decimal(value):
    """A `decimal.Decimal` with all the digits of its scale and no exponent."""
    return format(value, "f")


def binary(value):
    return base64.b64encode(value).decode()


def unique_identifier(value):
    return str(value if isinstance(value, uuid.UUID) else uuid.UUID(bytes=bytes(value)))
