#!/usr/bin/env bash
# Runs the Swift benchmarks, then Python's libraries on the same bytes, and prints the ratios.
# Inputs and raw times stay in the directory named at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$(swift build -c release --show-bin-path)/event-checkpoint
directory=${EVENT_CHECKPOINT_BENCH_DIR:-$(mktemp -d)}
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
export EVENT_CHECKPOINT_BENCH_DIR=$directory
rm -rf "$directory"/results "$directory"/events-* "$directory"/out-* "$directory"/polars-*

(
  cd Benchmarks
  swift package --disable-sandbox --allow-writing-to-directory "$directory" \
    benchmark run --quiet --no-progress --format histogramSamples --path "$directory/results"
) >&2
.venv/bin/python Benchmarks/compare.py "$bin" "$directory"
echo "Inputs and raw times: $directory" >&2
