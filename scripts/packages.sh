#!/usr/bin/env bash
# Installs the system packages that are missing, and says which. Arguments: build, window, display.
#   build    what the compiler needs
#   window   what the client's window needs at run time
#   display  a virtual display and the tools that drive it, for the tests
set -euo pipefail

declare -A groups=(
  [build]="gcc libc6-dev pkg-config libasound2-dev"
  [window]="libasound2 libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libwayland-client0 libxkbcommon0"
  [display]="libasound2 libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 xvfb xdotool xclip imagemagick"
)

command -v cargo >/dev/null || {
  echo "Snug is built with Rust. Install a toolchain first (your distribution's rustup, or the one from rust-lang.org)." >&2
  exit 1
}
if ! command -v dpkg-query >/dev/null; then
  echo "This is not Debian or Ubuntu: please see to it that these are installed: ${groups[build]} (or what they are called here)." >&2
  exit 0
fi

present() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }
# Ubuntu 24.04 renamed some libraries when time_t grew.
available() { apt-cache show "$1" >/dev/null 2>&1; }

missing=()
for group in "$@"; do
  for package in ${groups[$group]}; do
    present "$package" || present "${package}t64" || missing+=("$package")
  done
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "Please install these packages as root, then try again: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "Installing system packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
wanted=()
for package in "${missing[@]}"; do
  if available "$package"; then wanted+=("$package"); else wanted+=("${package}t64"); fi
done
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
