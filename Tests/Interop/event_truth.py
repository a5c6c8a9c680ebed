"""What the checkpoints of a directory of event objects must hold, worked out in plain Python.

Written from the design's table of columns, not from the Swift code: JSON with Python's own
parser, rules as regular expressions, rows as dictionaries. Timestamps are microseconds since 1970.
"""

import datetime
import decimal
import json
import pathlib
import re

COLUMNS = [
    "action", "study", "pipeline_adcid", "project_label", "center_label", "gear_name", "ptid",
    "naccid", "visit_date", "visit_number", "datatype", "module", "packet", "modality",
    "timestamp", "source_modified",
]
NULLABLE = {"naccid", "visit_number", "module", "packet", "modality", "source_modified"}
ACTIONS = {"submit", "pass-qc", "not-pass-qc", "delete"}
DATATYPES = {
    "apoe", "biomarker", "dicom", "enrollment", "form", "genetic-availability", "gwas",
    "imputation", "scan-analysis",
}
IDENTITY = [
    "study", "action", "ptid", "visit_date", "timestamp", "datatype", "module", "pipeline_adcid",
]
ORDER = ["timestamp", "ptid", "action"] + [
    name for name in IDENTITY if name not in ("timestamp", "ptid", "action")
]

# Unicode's White_Space; Python's own strip() takes four control characters more.
SPACE = "[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
EPOCH = datetime.datetime(1970, 1, 1)
DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{0,9}))?"
    r"(?:(Z)|([+-])(\d\d):?(\d\d)?)?",
    re.ASCII,
)


class Refused(Exception):
    pass


def _pairs(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise Refused("duplicate key")
    return dict(pairs)


def _no_constant(name):
    raise Refused(name)


def _strip(text):
    return re.sub(f"^{SPACE}|{SPACE}$", "", text)


def _integer(value):
    if isinstance(value, bool):
        raise Refused("a boolean is no integer")
    if isinstance(value, str):
        value = _strip(value)
        if not re.fullmatch(r"[+-]?[0-9]+", value):
            raise Refused("not an integer")
        value = int(value)
    if isinstance(value, decimal.Decimal):
        # First the range: the integer that 1e999999999 is takes Python forever.
        if not -(2**31) <= value < 2**31:
            raise Refused("not a 32-bit integer")
        if value != value.to_integral_value():
            raise Refused("not integral")
        value = int(value)
    if not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise Refused("not a 32-bit integer")
    return value


def _instant(value):
    match = DATE_TIME.fullmatch(value)
    if not match:
        raise Refused("not a date-time")
    *parts, fraction, _, sign, hours, minutes = match.groups()
    try:
        moment = datetime.datetime(*map(int, parts))
    except ValueError as error:
        raise Refused(str(error)) from error
    microseconds = (moment - EPOCH) // datetime.timedelta(microseconds=1)
    microseconds += int(((fraction or "") + "000000")[:6])
    if sign:
        if int(hours) > 23 or int(minutes or 0) > 59:
            raise Refused("no such offset")
        offset = (int(hours) * 60 + int(minutes or 0)) * 60_000_000
        microseconds += -offset if sign == "+" else offset
    try:
        EPOCH + datetime.timedelta(microseconds=microseconds)
    except OverflowError as error:
        raise Refused("before the year 1 or after 9999, in UTC") from error
    return microseconds


def _text(value):
    if not isinstance(value, str):
        raise Refused("not a string")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refused("a lone surrogate") from error
    return _strip(value)


def read(content, modified):
    """The row of one object, or None for a sandbox's; raises Refused."""
    try:
        event = json.loads(
            content.decode("utf-8"), object_pairs_hook=_pairs, parse_float=decimal.Decimal,
            parse_constant=_no_constant,
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise Refused(str(error)) from error
    if not isinstance(event, dict):
        raise Refused("not an object")
    if unknown := set(event) - set(COLUMNS[:-1]):
        raise Refused(f"unknown fields {unknown}")

    event.setdefault("study", "adrc")
    row = {}
    for name in COLUMNS[:-1]:
        value = event.get(name)
        if value is None:
            if name not in NULLABLE:
                raise Refused(f"{name} is missing")
            row[name] = None
        elif name == "pipeline_adcid":
            row[name] = _integer(value)
        elif name == "timestamp":
            row[name] = _instant(_text(value))
        else:
            row[name] = _text(value)

    if row["action"] not in ACTIONS or row["datatype"] not in DATATYPES or not row["study"]:
        raise Refused("action, datatype or study")
    if not re.fullmatch("[!-~]{1,10}", row["ptid"]):
        raise Refused("ptid")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", row["visit_date"], re.ASCII):
        raise Refused("visit_date")
    try:
        datetime.date.fromisoformat(row["visit_date"])
    except ValueError as error:
        raise Refused(str(error)) from error
    is_form = row["datatype"] == "form"
    if (row["module"] is not None) != is_form or (is_form and row["modality"] is not None):
        raise Refused("module or modality")
    if row["project_label"].startswith("sandbox-"):
        return None
    row["source_modified"] = modified
    return row


def _nulls_first(row, names):
    return tuple((row[name] is not None, row[name] if row[name] is not None else 0) for name in names)


class Truth:
    """The rows of all objects in a directory, each identity's latest version, in order."""

    def __init__(self, directory):
        self.rows, self.refused, self.sandbox, self.events = {}, [], 0, 0
        self.ignored = 0
        for path in sorted(pathlib.Path(directory).rglob("*")):
            if not path.is_file():
                continue
            if not re.fullmatch(r"log-.*\.json", path.name, re.DOTALL):
                self.ignored += 1
                continue
            self.events += 1
            changed = path.stat().st_ctime_ns // 1_000
            try:
                row = read(path.read_bytes(), changed)
            except Refused as reason:
                self.refused.append((path.name, str(reason)))
                continue
            if row is None:
                self.sandbox += 1
                continue
            identity = tuple(row[name] for name in IDENTITY)
            known = self.rows.get(identity)
            if known is None or self._version(known) < self._version(row):
                self.rows[identity] = row

    @staticmethod
    def _version(row):
        return (row["source_modified"], _nulls_first(row, COLUMNS))

    def files(self, template):
        """Path of each checkpoint by the template, with its rows in order."""
        files = {}
        for row in sorted(self.rows.values(), key=lambda row: _nulls_first(row, ORDER)):
            moment = EPOCH + datetime.timedelta(microseconds=row["timestamp"])
            path = template.format(
                study=row["study"], datatype=row["datatype"], year=f"{moment.year:04d}",
                month=f"{moment.month:02d}",
            )
            files.setdefault(path, []).append(row)
        return files
