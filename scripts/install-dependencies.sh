#!/usr/bin/env bash
# Installs what the build and the tests need beside Swift, and only what is missing.
set -euo pipefail

if ! command -v swift >/dev/null; then
  echo "Swift is missing: install Swift 6.3 or later from https://www.swift.org/install" >&2
  exit 1
fi

if [ "$(uname)" = Darwin ]; then
  missing=()
  for formula in zlib zstd pkgconf python3; do
    brew list "$formula" >/dev/null 2>&1 || missing+=("$formula")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "Missing: run \`brew install ${missing[*]}\`, then this again." >&2
    exit 1
  fi
  exit 0
fi

missing=()
[ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
[ -e /usr/include/zstd.h ] || missing+=(libzstd-dev)
command -v pkg-config >/dev/null || missing+=(pkg-config)
"${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "Missing, by their Debian names: ${missing[*]}. Install them, then run this again." >&2
  exit 1
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "Installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
