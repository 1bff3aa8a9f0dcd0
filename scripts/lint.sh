#!/usr/bin/env bash
# Formatting, clippy with warnings denied, licences and bans, and which way dependencies point.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo fmt --all --check
cargo clippy --workspace --all-targets -- -D warnings

cargo deny --version >/dev/null 2>&1 || {
  echo "Installing cargo-deny (some minutes, once)"
  # Built beside, not inside, the workspace's target folder.
  CARGO_TARGET_DIR=$(mktemp -d) cargo install cargo-deny --locked --version 0.20.2
}
cargo deny --offline check licenses bans sources

# Proto knows no runtime, server and engine know no window, nobody knows a second TLS stack.
absent() { # package, crate
  if cargo tree -p "$1" -e normal --target all -i "$2" 2>/dev/null | grep -q .; then
    echo "$1 must not depend on $2" >&2
    exit 1
  fi
}
absent snug-proto tokio
for package in snug-server snug-engine; do absent "$package" iced; done
for package in snug-proto snug-server snug-engine snug snug-bench; do absent "$package" ring; done
if cargo tree --workspace -e features -i rustls 2>/dev/null | grep -q 'rustls feature "tls12"'; then
  echo "rustls must be built without tls12" >&2
  exit 1
fi
echo "Nothing to complain about."
