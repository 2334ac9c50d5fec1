#!/usr/bin/env bash
# wine.sh SYSTEM CACHE COMMAND...: runs the command in Debian 13, which is in the folder SYSTEM. It sees /tmp, CACHE and the
# current folder. In namespaces of its own, so that no mount and no process is left when it is over.
set -euo pipefail
if [[ ${INSIDE:-} != yes ]]; then
  exec unshare --mount --pid --fork --kill-child env INSIDE=yes bash "$0" "$@"
fi
system=$1 cache=$2 here=$PWD
shift 2
mount -t proc proc "$system/proc"
for place in sys dev dev/pts tmp; do mount --bind "/$place" "$system/$place"; done
for place in "$cache" "$here"; do
  [[ $place == /tmp/* ]] && continue
  mkdir -p "$system$place"
  mount --rbind "$place" "$system$place"
done
prefix=$cache/prefix
if [[ -n ${COPY:-} ]]; then
  # A copy of the Wine prefix that is thrown away: two runs at once are no concern of each other.
  copy=$system/mnt
  mount -t tmpfs tmpfs "$copy"
  mkdir "$copy/changes" "$copy/work" "$copy/prefix"
  mount -t overlay overlay -o "lowerdir=$prefix,upperdir=$copy/changes,workdir=$copy/work" "$copy/prefix"
  rm -rf "$copy/prefix/wineserver" # the socket of another run
  prefix=/mnt/prefix
fi
# Without a UTF-8 locale file names are ASCII. The parts that Wine asks to download are not needed.
settings=(HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 WINEARCH=win64 WINEPREFIX="$prefix" WINEDEBUG=-all
  WINEDLLOVERRIDES=mscoree,mshtml= PYTHONPATH="${WINDOWS_PATH:-}" TESTS_POSTGRESQL="${TESTS_POSTGRESQL:-}")
# Not by exec: the first process of a namespace has to outlive the others, and its end ends them. Wine's services are started
# without standard handles, or they would keep a caller's pipes open.
chroot "$system" env -i "${settings[@]}" bash -c '
  cd "$0"
  wineserver -p </dev/null >/dev/null 2>&1 && wine cmd /c exit </dev/null >/dev/null 2>&1
  "$@"' "$here" "$@"
