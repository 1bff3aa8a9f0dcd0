#!/usr/bin/env bash
# Measures load and memory against a real server process on this machine. Arguments go to all benches' ends:
#   scripts/bench.sh            words
#   scripts/bench.sh --json     one line of JSON per measurement
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --profile quick -p snug-server -p snug-bench --bins
bin=${CARGO_TARGET_DIR:-target}/quick
ulimit -n 8192 # 2,000 clients are 2,000 sockets on each side

"$bin/snug-bench" fan-out --members 100 --senders 10 --messages 20000 --body 200 "$@"
"$bin/snug-bench" idle --clients 2000 "$@"
"$bin/snug-bench" login "$@"
