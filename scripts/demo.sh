#!/usr/bin/env bash
# The main job on generated events: two runs with new files in between, a third with none.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${EVENT_CHECKPOINT_BIN:-$(swift build -c release --show-bin-path)/event-checkpoint}
events=.demo/events
checkpoint='.demo/checkpoints/{datatype}/events.parquet'
rm -rf .demo

step() {
  printf '\n\033[1m%s\033[0m\n' "$1"
}
run() {
  printf '$ event-checkpoint run --source %s --checkpoint "%s"\n' "$events" "$checkpoint"
  "$bin" run --source "$events" --checkpoint "$checkpoint"
}

step "1. 2,000 events are logged; 2 % are invalid, 5 % come from a sandbox"
"$bin" generate --count 2000 --seed 1 --output "$events" \
  --invalid-percent 2 --sandbox-percent 5 --start-date 2025-01-01 --days 60
run

step "2. 200 more arrive, 100 of them late: they happened before events that are in already"
"$bin" generate --count 100 --seed 2 --output "$events" --start-date 2025-03-02 --days 10
"$bin" generate --count 100 --seed 3 --output "$events" --start-date 2025-01-01 --days 10
run

step "3. Nothing new: nothing is read, nothing is written"
run

step "4. The rows"
ls .demo/checkpoints
printf '$ event-checkpoint parquet head .demo/checkpoints/form/events.parquet --rows 8 ...\n'
"$bin" parquet head .demo/checkpoints/form/events.parquet --rows 8 \
  --columns timestamp,study,ptid,action,visit_date,module,pipeline_adcid
