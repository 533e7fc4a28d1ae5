#!/usr/bin/env bash
# Who needs a key in development mode, on a network with another container:
#
#   unshare --net --mount docker/checks/network.sh IMAGE
#
# Runs in namespaces of its own, so that the network it makes ends with it. Prints a line for each
# caller: who it is, and the HTTP status that it gets.
set -euo pipefail

image=$1
port=18080
options=(--runtime runc run --network podman --ulimit nofile=1024:1024 --ulimit nproc=4096:4096
    --no-healthcheck --label com.docker.compose.project=microsandbox-check)
initialize='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"check","version":"1"}}}'

ip link set lo up
server=$(podman "${options[@]}" -d -e MICROSANDBOX_DEV_MODE=true -p "127.0.0.1:$port:5555" "$image")
trap 'podman rm --force --time 2 "$server" > /dev/null' EXIT
for _ in $(seq 300); do
    ! curl -sf -o /dev/null "http://127.0.0.1:$port/health" || break
    sleep 0.1
done
address=$(podman inspect -f '{{.NetworkSettings.IPAddress}}' "$server")

from_host() { # from_host URL
    curl -s -m 20 -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json' \
        -H 'Accept: application/json, text/event-stream' -d "$initialize" "$1"
}
ask='exec 3<> "/dev/tcp/$1/5555"
    printf "POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 127.0.0.1\r\n$2" >&3
    printf "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n" >&3
    printf "Connection: close\r\nContent-Length: %d\r\n\r\n%s" "${#3}" "$3" >&3
    read -r _ status _ <&3
    echo "$status"'
from_other() { # from_other HEADERS: as another container of the network
    podman "${options[@]}" --rm --entrypoint bash "$image" -c "$ask" ask "$address" "$1" "$initialize"
}

echo "published port: $(from_host "http://127.0.0.1:$port/mcp")"
echo "host: $(from_host "http://$address:5555/mcp")"
echo "same container: $(podman exec "$server" bash -c "$ask" ask 127.0.0.1 '' "$initialize")"
echo "other container: $(from_other '')"
key=$(podman exec "$server" msb key create --namespace team-a 2> /dev/null | grep -oE 'msb_[A-Za-z0-9_-]+' | head -n 1)
echo "other container with a key: $(from_other "X-API-Key: $key\\r\\n")"
