#!/usr/bin/env bash
# Builds server and client, makes certificates where there are none, starts the server and a client pointed at it.
# When the client's window is closed, the server this script started stops too. SNUG_PROGRAMS names a folder with programs
# that are built already; then nothing is built.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${SNUG_PROGRAMS:-}
if [ -z "$bin" ]; then
  echo "Building (the first time takes some minutes) …"
  cargo build --profile quick -p snug-server -p snug --bins
  bin=${CARGO_TARGET_DIR:-target}/quick
fi

[ -e certs/server.key ] || "$bin/gen-certs" --config config.toml

port=${SNUG_PORT:-$(sed -n 's/^port *= *\([0-9]*\).*/\1/p' config.toml)}
server= said=$(mktemp)
stop() {
  [ -z "$server" ] || { kill -TERM "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  rm -f "$said"
}
trap stop EXIT
trap 'exit 130' INT TERM

if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
  echo "A server is listening on port $port already: using that one."
else
  "$bin/snug-server" --config config.toml > >(tee -i "$said") &
  server=$!
  for _ in $(seq 100); do
    grep -q "listening on" "$said" && break
    kill -0 "$server" 2>/dev/null || { server=; echo "The server did not start; it says why above." >&2; exit 1; }
    sleep 0.1
  done
fi

if [ "$(uname)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  echo
  echo "There is no display here, so only the server runs (Ctrl+C stops it)."
  echo "Start the client on a machine with a screen:  snug --server THIS-MACHINE:$port"
  [ -z "$server" ] || wait "$server"
  exit 0
fi
# Any free port, where that was asked for.
port=$(sed -n 's/^ *listening on .*:\([0-9]*\)$/\1/p' "$said" | grep . || echo "$port")
# While nobody owns the server, the first person here becomes the owner.
link=$(sed -n "s/^ *owner's link *//p" "$said")
echo "Starting the client. A second person on this machine: press “Invite…”, then run  $bin/snug --profile second LINK"
[ -z "$server" ] || echo "When its window is closed, this server stops too."
"$bin/snug" --server "${link:-localhost:$port}" "$@"
