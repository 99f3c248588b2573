#!/usr/bin/env bash
# Proves on a bare Debian 12 (debootstrap's minimal system with git and ca-certificates, nothing
# else) that a newcomer's two commands work: clones HEAD into it, runs `./dev test`, then
# `./dev run --detach`, looks at what run promised, and `./dev stop`. Needs root and debootstrap.
#
# usage: tests/container/bare.sh [--test-only] [FOLDER]
#
# FOLDER (default build/bare) keeps the downloaded base system between runs; the system itself is
# made anew each time and removed at the end. What the host needs to reach the network (apt proxy,
# proxy variables, npm registry, private CAs) is passed on; credentials are not.
set -euo pipefail

readonly MIRROR=${REGULARS_DEBIAN_MIRROR:-http://deb.debian.org/debian}
readonly SECURITY=${REGULARS_DEBIAN_SECURITY:-http://deb.debian.org/debian-security}

say() { printf 'bare: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Mounts live in a namespace of their own, which takes them and every process along when it ends.
if [[ -z ${BARE_INSIDE-} ]]; then
  ((EUID == 0)) || die "needs root"
  command -v debootstrap >/dev/null || die "needs debootstrap"
  BARE_INSIDE=1 exec unshare --mount --pid --fork --kill-child --propagation private -- "$0" "$@"
fi

repository=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
test_only=0
if [[ ${1-} == --test-only ]]; then test_only=1; shift; fi
folder=${1:-$repository/build/bare}
mkdir -p "$folder"
tarball=$(cd "$folder" && pwd)/bookworm.tar.gz
root=$(mktemp -d "$folder/root.XXXXXX")
root=$(cd "$root" && pwd)

clean_up() {
  local status=$?
  umount -q "$root/proc" || true
  # --one-file-system: should a mount be left, its content survives.
  rm -rf --one-file-system "$root"
  ((status == 0)) || say "failed"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# step NAME COMMAND…: runs it and prints how long it took.
step() {
  local start=$SECONDS
  say "$1 …"
  "${@:2}"
  say "$1: $((SECONDS - start)) s"
}

make_system() {
  if [[ ! -f $tarball ]]; then
    debootstrap --variant=minbase --include=git,ca-certificates --make-tarball="$tarball.part" \
      bookworm "$root.download" "$MIRROR" >"$folder/debootstrap.log" 2>&1 ||
      { tail -n 5 "$folder/debootstrap.log" >&2; die "debootstrap failed"; }
    rm -rf --one-file-system "$root.download"
    mv "$tarball.part" "$tarball"
  fi
  debootstrap --variant=minbase --include=git,ca-certificates --unpack-tarball="$tarball" \
    bookworm "$root" "$MIRROR" >"$folder/debootstrap.log" 2>&1 ||
    { tail -n 5 "$folder/debootstrap.log" >&2; die "debootstrap failed"; }
  cat >"$root/etc/apt/sources.list" <<LIST
deb $MIRROR bookworm main
deb $MIRROR bookworm-updates main
deb $SECURITY bookworm-security main
LIST
}

# The host's way to the network.
pass_network() {
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  { apt-config dump | grep -E '^Acquire::https?::(Proxy|CAInfo)' || true; } \
    >"$root/etc/apt/apt.conf.d/90host"
  if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
    cp -L /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
    chroot "$root" update-ca-certificates >/dev/null
  fi
}

# in_system COMMAND…: runs it in the clone, with the host's proxies and nothing else of its
# environment.
in_system() {
  local variables=(HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    "npm_config_registry=$registry" NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt) name
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    if [[ -n ${!name-} ]]; then variables+=("$name=${!name}"); fi
  done
  chroot "$root" env -i "${variables[@]}" sh -c 'cd /srv/regulars && exec "$@"' sh "$@"
}

clone() { git clone -q --no-hardlinks "$repository" "$root/srv/regulars"; }

# What `./dev run` prints must be true: every address in it answers, every command in it works.
check_tour() {
  local tour address command status
  tour=$(in_system ./dev run --detach)
  printf '%s\n' "$tour"
  grep -q /docs <<<"$tour" || die "run printed no address of /docs"
  while read -r address; do
    in_system /usr/bin/python3 -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=10)' \
      "$address" </dev/null || die "$address does not answer"
  done < <(grep -oE 'http://[^ ]+' <<<"$tour" | sort -u)
  while read -ra command; do
    status=0
    # The last of them shows what happens until it is ended.
    in_system timeout 10 "${command[@]}" </dev/null >/dev/null || status=$?
    [[ $status == 0 || ($status == 124 && ${command[*]} == *' feed tail') ]] ||
      die "${command[*]} fails"
  done < <(sed -nE 's|^  (\./dev ctl .*)|\1|p' <<<"$tour" | sed 's/   .*//')
  in_system ./dev stop
}

registry=$(cd / && npm config get registry 2>/dev/null || echo https://registry.npmjs.org/)
step "bare Debian 12" make_system
mount -t proc proc "$root/proc"
step "network" pass_network
step "clone" clone
step "./dev test" in_system ./dev test
if ((!test_only)); then step "./dev run, tour, ./dev stop" check_tour; fi
say "passed"
