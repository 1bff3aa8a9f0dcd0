#!/usr/bin/env bash
# Runs the deterministic simulation with SNUG_SEEDS seeds (a number, or a range such as 7..8), a process each.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build -p snug-engine --tests
cargo test -p snug-engine --test sim -- --nocapture
