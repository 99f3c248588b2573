#!/usr/bin/env bash
# Proves compose.yaml: builds the images, starts all of it with the mail catcher, lets journey.py buy
# and write, looks into the containers, restores one from a backup as docs/guides/containers.md says,
# in its volume and in a new one, kills one, makes two anew, erases a customer, and takes everything
# down.
# Needs Docker and docker-compose (Debian: docker.io docker-compose); as root it starts a daemon of
# its own where none runs, and where debian:bookworm-slim is missing it makes one by debootstrap.
#
# usage: tests/container/compose.sh [--no-build] [FOLDER]
#
# --no-build takes the images that are there. FOLDER (default build/compose) keeps the base system
# and the own daemon's images between runs. Proxies, the npm registry and private CAs of the host are
# passed to the build; credentials are not.
set -euo pipefail

readonly MIRROR=${REGULARS_DEBIAN_MIRROR:-http://deb.debian.org/debian}
readonly SECURITY=${REGULARS_DEBIAN_SECURITY:-http://deb.debian.org/debian-security}
readonly BASE=debian:bookworm-slim
readonly SERVICES=(customer loyalty recommend campaign gateway)
readonly HEALTHY_LIMIT_S=90
readonly IMAGE_LIMIT_MB=400

say() { printf 'compose: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

repository=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
build=1
if [[ ${1-} == --no-build ]]; then build=0; shift; fi
folder=${1:-$repository/build/compose}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
daemon='' up=0
export REGULARS_PORT=${REGULARS_PORT:-18080} REGULARS_SMTP_SERVER=mail:1025 REGULARS_SMTP_TLS=none

compose() {
  docker-compose --project-directory "$repository" -f "$repository/compose.yaml" -p regulars-test \
    --profile mail "$@"
}

clean_up() {
  local status=$?
  if ((status != 0 && up)); then compose logs --tail=20 >&2 || true; fi
  if ((up)); then compose down -v --timeout 30 >/dev/null 2>&1 || true; fi
  if [[ -n $daemon ]]; then kill "$daemon" || true; wait "$daemon" || true; fi
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

ensure_docker() {
  local deadline=$((SECONDS + 60))
  command -v docker-compose >/dev/null || die "needs docker-compose"
  docker info >/dev/null 2>&1 && return
  ((EUID == 0)) || die "needs a Docker that this user may use, or root to start one"
  command -v dockerd >/dev/null || die "needs docker.io"
  export DOCKER_HOST=unix://$folder/docker.sock
  dockerd --data-root "$folder/docker" --exec-root "$folder/docker-exec" -H "$DOCKER_HOST" \
    --pidfile "$folder/docker.pid" --storage-driver overlay2 >"$folder/dockerd.log" 2>&1 &
  daemon=$!
  until docker info >/dev/null 2>&1; do
    if ! kill -0 "$daemon" 2>/dev/null || ((SECONDS > deadline)); then
      tail -n 5 "$folder/dockerd.log" >&2
      die "dockerd does not start"
    fi
    sleep 0.5
  done
}

# What Docker Hub has under this name, made here: nothing can be pulled where a test runs.
make_base() {
  if docker image inspect "$BASE" >/dev/null 2>&1; then return; fi
  ((EUID == 0)) || die "there is no image $BASE, and to make one needs root"
  command -v debootstrap >/dev/null || die "needs debootstrap"
  local root
  root=$(mktemp -d "$folder/root.XXXXXX")
  debootstrap --variant=minbase bookworm "$root" "$MIRROR" >"$folder/debootstrap.log" 2>&1 ||
    { tail -n 5 "$folder/debootstrap.log" >&2; die "debootstrap failed; it left $root"; }
  cat >"$root/etc/apt/sources.list" <<LIST
deb $MIRROR bookworm main
deb $MIRROR bookworm-updates main
deb $SECURITY bookworm-security main
LIST
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,locale,man}/*
  tar -C "$root" -c . | docker import - "$BASE" >/dev/null
  rm -rf --one-file-system "$root"
}

build_images() {
  local arguments=() name cas
  for name in http_proxy https_proxy no_proxy; do
    if [[ -n ${!name-} ]]; then arguments+=(--build-arg "$name=${!name}"); fi
  done
  if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
    cas=$(cat /usr/local/share/ca-certificates/*.crt | base64 -w0)
    arguments+=(--build-arg "EXTRA_CA=$cas")
  fi
  if name=$(cd / && npm config get registry 2>/dev/null); then
    arguments+=(--build-arg "npm_config_registry=$name")
  fi
  compose build "${arguments[@]}" customer mail
}

# health SERVICE
health() { docker inspect -f '{{.State.Health.Status}}' "$(compose ps -q "$1")" 2>/dev/null; }

await_healthy() {
  local service deadline=$((SECONDS + HEALTHY_LIMIT_S))
  for service in "${SERVICES[@]}" mail; do
    until [[ $(health "$service") == healthy ]]; do
      ((SECONDS < deadline)) || die "$service is $(health "$service")"
      sleep 0.5
    done
  done
}

start() {
  up=1
  compose up -d --no-build
  await_healthy
}

journey() {
  /usr/bin/python3 "$repository/tests/container/journey.py" "$REGULARS_PORT" "$folder" "$@"
}

buy() {
  compose exec -T gateway cat /var/lib/regulars/access/access.db.admin-password >"$folder/once"
  journey buy
  compose exec -T mail sh -c 'cat /mails/caught/new/*' >"$folder/mail"
  journey mail
  journey bring_back
}

# in_image COMMAND…: in a new container of the image, as root, so that nothing is hidden.
in_image() { docker run --rm --user 0 --network none regulars "$@"; }

check_image() {
  local tool size base
  in_image test -x /usr/local/bin/gateway
  for tool in gcc cc g++ c++ cpp clang as ld make cmake ninja python3 node npm git curl wget; do
    if in_image sh -c "command -v $tool"; then die "the image holds $tool"; fi
  done
  [[ -z $(in_image find /usr/local/share/ca-certificates /src /out -type f 2>/dev/null) ]] ||
    die "the image holds what only the build needed"
  [[ $(docker image inspect -f '{{.Config.User}}' regulars) == 7100 ]] || die "the image is root's"
  size=$(($(docker image inspect -f '{{.Size}}' regulars) / 1000000))
  base=$(($(docker image inspect -f '{{.Size}}' "$BASE") / 1000000))
  say "image: $size MB, of it the base $base MB"
  ((size < IMAGE_LIMIT_MB)) || die "the image has $size MB, more than $IMAGE_LIMIT_MB"
}

check_containers() {
  local service id users=() published
  for service in "${SERVICES[@]}"; do
    id=$(compose exec -T "$service" sh -c 'grep ^Uid: /proc/1/status | cut -f2')
    ((id > 0)) || die "$service runs as root"
    users+=("$id")
    [[ $(docker inspect -f '{{range .State.Health.Log}}{{.Output}}{{end}}' \
      "$(compose ps -q "$service")") == *ready* ]] || die "$service: its health check says nothing"
    if compose exec -T "$service" sh -c 'touch /usr/local/bin/x' 2>/dev/null; then
      die "$service can write into its image"
    fi
  done
  [[ $(printf '%s\n' "${users[@]}" | sort -u | wc -l) == "${#SERVICES[@]}" ]] ||
    die "services share a user: ${users[*]}"
  published=$(docker ps -q --filter label=com.docker.compose.project=regulars-test |
    xargs -n 1 docker port | sort -u)
  [[ $published == "8080/tcp -> 127.0.0.1:$REGULARS_PORT" ]] || die "published: $published"
  docker stats --no-stream --format '{{.Name}} {{.MemUsage}}' >&2
}

# A service renews its own key, and can replace neither the gateway's nor another service's.
check_keys() {
  local change keys=/var/lib/regulars/keys
  compose exec -T -w "$keys/services" loyalty sh -c 'cp loyalty.pem new && mv new loyalty.pem'
  for change in 'echo >>../token-keys.json' 'mv ../token-keys.json ../x' 'touch ../x' \
    'rm -f customer.pem' 'cp loyalty.pem new; mv -f new customer.pem'; do
    if compose exec -T -w "$keys/services" loyalty sh -c "$change" 2>/dev/null; then
      die "loyalty can change keys that are not its own: $change"
    fi
  done
  compose exec -T -w "$keys/services" loyalty rm -f new
}

# follow_guide BEGIN: runs the guide's commands that begin so, for this project, with the folder of
# this script in place of the operator's. Each ends with the line that closes its quotes.
follow_guide() {
  local guide=$repository/docs/guides/containers.md commands
  commands=$(awk -v begin="    $1" "index(\$0, begin) == 1 {said = 1} said {print}
    said && /'( <.*)?\$/ {said = 0}" "$guide")
  [[ -n $commands ]] || die "$guide does not say '$1'"
  commands=${commands//docker-compose run --rm -T/docker-compose run --rm}
  commands=${commands//docker-compose run --rm/compose run --rm -T --no-deps}
  eval "${commands//\~\/regulars/\$folder}"
}

refuse_restore() {
  if follow_guide "$1"; then die "restored without the list of erasures"; fi
}

# Back to a backup as the guide says; without the list of who was erased it is refused. Then the same
# in a new volume, with what was copied out of the old one.
restore() {
  local way_back='docker-compose run --rm customer' home=/var/lib/regulars/customer
  journey back_up
  compose exec -T customer cat $home/backups/customer/monday.db >"$folder/monday.db"
  compose exec -T customer cat $home/customer.db.erasures >"$folder/erasures"
  compose stop --timeout 30 customer
  compose run --rm -T --no-deps customer sh -c "cd $home && mv customer.db.erasures kept"
  refuse_restore "$way_back"
  compose run --rm -T --no-deps customer sh -c "cd $home &&
    mv kept customer.db.erasures && mv before/* . && rmdir before"
  follow_guide "$way_back"
  compose start customer
  await_healthy
  journey restored

  compose rm -fs customer
  docker volume rm regulars-test_customer >/dev/null
  refuse_restore "$way_back"
  follow_guide 'docker-compose run --rm -T customer'
  follow_guide "$way_back"
  compose up -d --no-build customer
  await_healthy
  journey restored
}

# One process dies, two containers are made anew: the volumes keep everything.
replace() {
  local pid restarts
  pid=$(docker inspect -f '{{.State.Pid}}' "$(compose ps -q loyalty)")
  kill -KILL "$pid"
  until restarts=$(docker inspect -f '{{.RestartCount}}' "$(compose ps -q loyalty)") &&
    ((restarts > 0)); do sleep 0.2; done
  compose rm -fs customer gateway
  start
  journey check
}

stop() {
  local service code
  compose stop --timeout 30
  for service in "${SERVICES[@]}"; do
    code=$(docker inspect -f '{{.State.ExitCode}}' "$(compose ps -aq "$service")")
    ((code == 0)) || die "$service ended with $code"
  done
  compose down -v
  up=0
}

step "Docker" ensure_docker
step "base image" make_base
if ((build)); then step "images" build_images; fi
step "image looked into" check_image
step "started, healthy" start
step "journey" buy
step "containers looked into" check_containers
step "keys" check_keys
step "restored" restore
step "killed, made anew" replace
step "erased" journey erase
step "stopped" stop
say "passed"
