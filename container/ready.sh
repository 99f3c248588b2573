#!/usr/bin/env bash
# The containers' health check: whether this container's process is ready, by its admin port. Bash
# alone, for the image has no HTTP client that could be told what to fetch.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${REGULARS_ADMIN_LISTEN##*:}"
printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
read -r -t 2 status <&3
[[ $status == *' 200 '* ]]
