#!/usr/bin/env bash
# Runs the Swift benchmarks, then Python's libraries on the same bytes, then merges of new events into
# long histories beside Polars, then clients of S3 against one small server, then the Lambda function, and
# prints the ratios. The function must have been built by `make lambda-local`.
# Inputs and raw times stay in the directory named at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${EVENT_CHECKPOINT_BIN:-$(swift build -c release --show-bin-path)/event-checkpoint}
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
for program in checkpoint-load s3-stand-in s3-load; do
  swift build -c release --package-path Benchmarks --product "$program" >&2
done
programs=$(swift build -c release --package-path Benchmarks --show-bin-path)
.venv/bin/python Benchmarks/compare_checkpoint.py "$bin" "$programs" "$directory"
.venv/bin/python Benchmarks/compare_s3.py "$programs"
swift build -c release --product serve-s3 >&2
.venv/bin/python Benchmarks/compare_lambda.py "$bin" "$(dirname "$bin")/serve-s3" \
  static=.build-static/release/bootstrap layered="$(dirname "$bin")/bootstrap"
echo "Inputs and raw times: $directory" >&2
