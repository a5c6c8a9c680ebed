#!/usr/bin/env bash
# The tests of docs/deploy in two halves side by side: Terraform waits more than it works. Each half has
# an AWS of its own. DEPLOY_TESTS=all takes those along that wait for minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-.venv/bin/python}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
long=(Tests/Deploy/test_event_driven.py Tests/Deploy/test_everything*.py Tests/Deploy/test_readme.py)
others=()
for file in Tests/Deploy/test_*.py; do
  [[ " ${long[*]} " == *" $file "* ]] || others+=("$file")
done

half() {
  "$python" -m pytest -q -rs -p no:cacheprovider --durations=5 "$@"
}
half "${long[@]}" >"$logs/long" 2>&1 &
long_process=$!
status=0
half "${others[@]}" || status=1
wait "$long_process" || status=1
cat "$logs/long"
exit "$status"
