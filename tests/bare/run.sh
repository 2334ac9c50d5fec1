#!/usr/bin/env bash
# run.sh [TESTS...]: the README's two commands on a bare Debian 12, with nothing but python3, python3-venv and git, as an ordinary
# user in a folder with spaces and umlauts. TESTS: what `dev.py test` is asked for, else a short part; `tests` is all of them.
# Needs root and debootstrap. The system is made once, in a cache; /home and /tmp are thrown away at the end.
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
system=${BARE_DEBIAN:-/var/cache/bare-debian12}
user=joerg home="/home/Jörg Müller"

make_system() {
  local new=$system.new mirror
  echo "Setting up, once: Debian 12 …" >&2
  rm -rf "$new"
  # Where this Debian gets its packages; on another system debootstrap knows where Debian's are.
  mirror=$(apt-get indextargets --format '$(CODENAME) $(SITE)' 'Created-By: Packages' | sed -n 's/^bookworm //p' | head -n 1)
  debootstrap --variant=minbase --include=python3,python3-venv,git,ca-certificates bookworm "$new" ${mirror:+"$mirror"} >&2
  chroot "$new" useradd --home-dir "$home" --shell /bin/bash "$user"
  mv "$new" "$system"
}

# How this machine reaches the network: the rules of pip and npm, names, certificates, proxies.
bring_network() {
  local file
  for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/npmrc; do
    if [[ -e $file ]]; then cp -L "$file" "$system$file"; fi
  done
  rm -rf "$system/etc/ssl/certs" # its links would lead out of it
  cp -rL /etc/ssl/certs "$system/etc/ssl/certs"
  for file in .config/pip .pip .npmrc; do
    if [[ -e ~/$file ]]; then mkdir -p "$(dirname "$1/$file")" && cp -rL ~/"$file" "$1/$file"; fi
  done
}

inside() {
  scratch=$1
  shift
  mount --bind "$scratch/home" "$system/home"
  mount --bind "$scratch/tmp" "$system/tmp"
  mount -t proc proc "$system/proc"
  for place in sys dev dev/pts; do mount --bind "/$place" "$system/$place"; done
  mount -t tmpfs -o mode=1777 tmpfs "$system/dev/shm"
  mapfile -t network < <(env | grep -iE '^(pip_|npm_config_|node_extra_ca|ssl_cert|requests_ca|curl_ca|[a-z]+_proxy=)')
  # Not by exec: the first process of a namespace has to outlive the others, and its end ends them.
  chroot "$system" setpriv --reuid="$user" --regid="$user" --init-groups env -i "${network[@]}" HOME="$home" USER="$user" \
    PATH=/usr/local/bin:/usr/bin:/bin bash -euc '
    cd "$HOME/Meine Abläufe"
    python3 scheduler.py demo
    python3 dev.py test "$@"' bash "$@"
}

if [[ ${INSIDE:-} == yes ]]; then
  inside "$@"
  exit
fi
if ((EUID)) || ! command -v debootstrap >/dev/null; then
  echo "left out: the two commands on a bare machine (not root, or no debootstrap); install it with: apt-get install debootstrap"
  exit
fi
exec 9>"$system.lock"
flock 9
[[ -e $system ]] || make_system
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -m 1777 "$scratch/tmp"
mkdir -p "$scratch$home"
git -c safe.directory='*' clone --quiet --no-local "$project" "$scratch$home/Meine Abläufe"
bring_network "$scratch$home"
chown -R "$(chroot "$system" id -u "$user"):$(chroot "$system" id -g "$user")" "$scratch$home"
chmod 755 "$scratch" "$scratch/home"
# What asks the system, or an ordinary user's rights, or the PostgreSQL of a wheel: pure functions are the same everywhere.
(($#)) || set -- tests/unit/{bootstrap,cli,files,processes,secrets,service,system} \
  tests/unit/test_{home_place,launcher,log_file}.py tests/storage
INSIDE=yes unshare --mount --pid --fork --kill-child bash "$0" "$scratch" "$@" 9>&-
