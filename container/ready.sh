#!/usr/bin/env bash
# The containers' health check: whether this container's process is ready, by its admin port. It
# prints the answer, which says why not, or what the process warns of: `docker inspect` shows that.
# Bash alone, for the image has no HTTP client that could be told what to fetch.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${REGULARS_ADMIN_LISTEN##*:}"
printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
read -r -t 2 status <&3
while IFS= read -r -t 1 line <&3 && [[ $line != $'\r' ]]; do :; done
IFS= read -r -d '' -t 1 body <&3 || true  # It ends where the connection does, not with a NUL.
printf '%s' "$body"
[[ $status == *' 200 '* ]]
