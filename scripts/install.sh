#!/usr/bin/env bash
# Puts Snug among this person's programs (PREFIX, usually ~/.local), so that menus know it and links that begin with
# snug:// open in it; "remove" takes it away again and leaves messages, keys and settings alone. SNUG_PROGRAMS names a
# folder with programs that are built already. DESTDIR stands before everything, for whoever makes a package.
set -euo pipefail
cd "$(dirname "$0")/.."

prefix=${PREFIX:-$HOME/.local}
to=${DESTDIR:-}$prefix
programs="snug snug-server gen-certs"
desktop=$to/share/applications/snug.desktop
icon=$to/share/icons/hicolor/scalable/apps/snug.svg

# Menus and browsers look into a list that is made of all desktop files; without the tool they find ours at the next login.
tell_the_desktop() {
  [ -z "${DESTDIR:-}" ] || return 0
  command -v update-desktop-database >/dev/null && update-desktop-database -q "$to/share/applications" || true
}

if [ "${1:-}" = remove ]; then
  for program in $programs; do rm -f "$to/bin/$program"; done
  rm -f "$desktop" "$icon"
  tell_the_desktop
  echo "Snug is gone from $to. Messages, keys and settings are where they were."
  exit 0
fi

bin=${SNUG_PROGRAMS:-}
if [ -z "$bin" ]; then
  cargo build --profile quick -p snug-server -p snug --bins
  bin=${CARGO_TARGET_DIR:-target}/quick
fi
for program in $programs; do install -D -m 755 "$bin/$program" "$to/bin/$program"; done
install -D -m 644 packaging/snug.svg "$icon"
install -d "$(dirname "$desktop")"
# By its whole path: a desktop does not always look where a terminal does.
sed "s|^Exec=snug |Exec=\"$prefix/bin/snug\" |" packaging/snug.desktop >"$desktop"
chmod 644 "$desktop"
tell_the_desktop
echo "Snug is in $to: it stands in the menu, and snug:// links open in it."
