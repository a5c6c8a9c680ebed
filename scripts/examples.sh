#!/usr/bin/env bash
# Builds and runs each package of Examples/, and sees to it that Parquet alone pulls in no SwiftNIO.
# Each example's output is checked by something that is not ours.
set -euo pipefail
cd "$(dirname "$0")/.."

python="$PWD/.venv/bin/python"
EVENT_CHECKPOINT_BIN="${EVENT_CHECKPOINT_BIN:-$(swift build -c release --show-bin-path)/event-checkpoint}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# Those with dependencies use what the tests have built already; the two without have a folder each,
# to be looked into.
# A plan that another package has left in a shared folder must not be taken for the example's own.
build() { # example, build folder
  swift build --disable-build-manifest-caching --package-path "Examples/$1" --scratch-path "$2"
  program="$(swift build --package-path "Examples/$1" --scratch-path "$2" --show-bin-path)/$1"
}

# What a build folder has compiled, one module a line. (Folders are made for every module of every
# package that is named, compiled or not; object files lie only where something was compiled.)
modules() {
  find -L "$1/debug" -mindepth 2 -maxdepth 2 -path '*.build/*.o' |
    sed -E 's|.*/([^/]+)\.build/.*|\1|' | sort -u
}

echo "== parquet-table: ParquetKit alone"
build parquet-table .build-examples/parquet
"$program" "$work/stations.parquet"
"$python" - "$work/stations.parquet" <<'PY'
import sys
import pyarrow.parquet as pq

rows = pq.read_table(sys.argv[1]).to_pylist()
assert [row["station"] for row in rows] == ["harbour", "hill", "harbour"], rows
assert [row["celsius"] for row in rows] == [4.5, None, 4.25], rows
assert rows[2]["measured"].isoformat() == "2026-01-01T01:00:00+00:00", rows
PY

echo "== check-events: EventLogModel alone"
build check-events .build-examples/events
"$program" | tee "$work/checked.txt"
grep -q 'event 0: valid' "$work/checked.txt"
grep -q 'event 1: refused' "$work/checked.txt"
grep -q 'event 2: refused' "$work/checked.txt"

for example in .build-examples/parquet .build-examples/events; do
  modules "$example" | grep -qE '^(ParquetKit|EventLogModel)$' ||
    { echo "No module of ours in $example: does this check still look in the right place?" >&2; exit 1; }
  if modules "$example" | grep -E 'NIO|Crypto|AsyncHTTPClient'; then
    echo "Modules for the network were built in $example." >&2
    exit 1
  fi
done

echo "== directory-checkpoint: CheckpointCore on directories"
build directory-checkpoint .build
"$EVENT_CHECKPOINT_BIN" generate --count 300 --seed 4 --invalid-percent 5 --start-date 2025-10-01 --days 180 \
  --output "$work/events" | tee "$work/generated.txt"
"$program" "$work/events" "$work/checkpoints"
"$program" "$work/events" "$work/checkpoints"
"$python" - "$work" <<'PY'
import re
import sys
import polars as pl

valid = int(re.search(r"(\d+) valid", open(f"{sys.argv[1]}/generated.txt").read())[1])
events = pl.read_parquet(f"{sys.argv[1]}/checkpoints/study=*/year=*/events.parquet")
assert len(events) == valid > 0, (len(events), valid)
PY

echo "== telemetry: another event type on CheckpointCore"
build telemetry .build
mkdir "$work/readings"
reading() { # file, device, metric, more members
  echo "{\"site\":\"north\",\"device\":\"$2\",\"metric\":\"$3\",\"measured\":\"2025-03-01T10:00:00Z\"$4}" \
    >"$work/readings/log-$1.json"
}
reading 1 d1 voltage ',"value":230100'
reading 2 d2 fault ',"code":"E7"'
reading 3 test-1 voltage ',"value":1'
reading 4 d3 fault ',"value":1'
"$program" "$work/readings" "$work/telemetry" | tee "$work/telemetry.txt"
grep -q '"filtered_events":1,"refused":1,' "$work/telemetry.txt"
grep -qx 'Proven.' "$work/telemetry.txt"
"$python" - "$work" <<'PY'
import sys
import pyarrow.parquet as pq

rows = pq.read_table(f"{sys.argv[1]}/telemetry/site=north/telemetry-2025-03.parquet", partitioning=None).to_pylist()
assert [(row["device"], row["value"], row["code"]) for row in rows] == [("d1", 230100, None), ("d2", None, "E7")], rows
PY

echo "== bucket-notes: S3Lite against moto"
build bucket-notes .build
"$python" scripts/bucket-notes.py "$program"

echo "== lambda-loop: LambdaRuntime under a Runtime API in Python"
build lambda-loop .build
"$python" scripts/lambda-loop.py "$program"

echo "== lambda-embed: the checkpoint function in another host, against moto"
build lambda-embed .build
"$EVENT_CHECKPOINT_BIN" generate --count 200 --seed 5 --output "$work/visits"
"$python" scripts/lambda-embed.py "$program" "$work/visits"

# That the search for modules of the network finds them where they are.
modules .build | grep -qx NIOCore ||
  { echo "SwiftNIO was not found in .build: does this check still look in the right place?" >&2; exit 1; }
