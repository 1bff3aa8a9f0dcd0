#!/usr/bin/env bash
# Builds everything once and runs every test: with cargo-nextest where it is installed, else with cargo test.
# Ends with one line "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The same words for building and testing: cargo unites features over what it builds, other words build again.
what=(--workspace --all-targets)
cargo build "${what[@]}" || exit 1

if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run "${what[@]}" --no-fail-fast 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  passed=$(sed -n 's/.*tests\? run: \([0-9]*\) passed.*/\1/p' "$log" | tail -1)
  failed=$(sed -n 's/.*tests\? run: .* \([0-9]*\) failed.*/\1/p' "$log" | tail -1)
else
  cargo test "${what[@]}" --no-fail-fast 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  passed=$(sed -n 's/^test result: .* \([0-9]*\) passed.*/\1/p' "$log" | awk '{n += $1} END {print n}')
  failed=$(sed -n 's/^test result: .* \([0-9]*\) failed.*/\1/p' "$log" | awk '{n += $1} END {print n}')
fi
echo
echo "${passed:-0} passed, ${failed:-0} failed"
exit "$status"
