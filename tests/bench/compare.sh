#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Compares rookeryd with other servers, alternating within the same minutes, and prints the ratios of their CPU time.
set -eu

me=compare.sh
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/resources/setup.sh"

usage()
{
    cat <<'EOF'
usage: sh tests/bench/compare.sh [OPTION]...

Installs what is missing (apt-get, npm), builds rookeryd and rookery-bench, starts the peers on free ports of the
loopback, measures each in turn, ends them and prints a table.
--build DIR        use what is built in DIR/bin already
--rounds N         how many turns each server takes; 3
--seconds N        how long each turn is measured; 5
--connections N    sockets of the run with many rooms, in rooms of 10; 10000
--io-threads N     I/O threads of rookeryd
--uws URL          also compare with a broadcaster on uWebSockets that runs at URL (or ROOKERY_BENCH_UWS_URL), which
--uws-pid PID      is process PID (or ROOKERY_BENCH_UWS_PID) and echoes as peers/ws_room.mjs does
EOF
}

build=
rounds=3
seconds=5
connections=10000
io_threads=
uws=${ROOKERY_BENCH_UWS_URL-}
uws_pid=${ROOKERY_BENCH_UWS_PID-}
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --build | --rounds | --seconds | --connections | --io-threads | --uws | --uws-pid)
        [ $# -ge 2 ] || die "$1 must be followed by a value"
        case $1 in
        --build) build=$2 ;;
        --rounds) rounds=$2 ;;
        --seconds) seconds=$2 ;;
        --connections) connections=$2 ;;
        --io-threads) io_threads=$2 ;;
        --uws) uws=$2 ;;
        --uws-pid) uws_pid=$2 ;;
        esac
        shift 2 ;;
    *) usage >&2; die "there is no option '$1'" ;;
    esac
done
[ -z "$uws" ] || [ -n "$uws_pid" ] || die "--uws needs --uws-pid: what is compared is CPU time"

need_node
# Debian's Python modules belong to Debian's Python, whatever else comes first in PATH.
python=/usr/bin/python3
need_packages python3 python3-django-channels python3-channels-redis python3-daphne redis-server
[ -n "$build" ] || need_build
install_packages
npm_folder tests/bench/peers "the peer on Node's ws"
if [ -z "$build" ]; then
    npm_folder resources/web "Swagger UI"
    build=$root/build
    say "building rookeryd and rookery-bench in $build"
    configure "$build" -DROOKERY_BUILD_TESTS=ON -DROOKERY_BUILD_CLIENT=OFF
    cmake --build "$build" --target rookeryd rookery-bench
fi
bench=$build/bin/rookery-bench
[ -x "$bench" ] || die "there is no $bench"
# Node and Python take what they are given, which for many is 1,024. dash, bash and busybox all know it.
# shellcheck disable=SC3045
ulimit -n "$(ulimit -Hn)"

work=$(mktemp -d)
started=
end_all()
{
    for pid in $started; do
        kill "$pid" 2>/dev/null || :
    done
    for pid in $started; do
        wait "$pid" 2>/dev/null || :
    done
    rm -rf "$work"
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# wait_for FILE PATTERN PID WHAT: until a line of FILE matches; the process must go on living.
wait_for()
{
    tries=0
    until grep -q "$2" "$1" 2>/dev/null; do
        kill -0 "$3" 2>/dev/null || { cat "$1" >&2; die "$4 did not start; what it said stands above"; }
        tries=$((tries + 1))
        [ "$tries" -le 300 ] || { cat "$1" >&2; die "$4 is not ready after 30 s; what it said stands above"; }
        sleep 0.1
    done
}

node "$root/tests/bench/peers/ws_room.mjs" >"$work/ws.log" 2>&1 &
ws_pid=$!
started="$started $ws_pid"
wait_for "$work/ws.log" '^ws_room ready: ' "$ws_pid" "the peer on Node's ws"
ws=$(sed -n 's/^ws_room ready: //p' "$work/ws.log")

# Redis takes no port 0, so somebody may be quicker at the port that was free: then another one is tried.
attempt=0
while :; do
    redis_port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    redis-server --bind 127.0.0.1 --port "$redis_port" --save '' --appendonly no --dir "$work" >"$work/redis.log" 2>&1 &
    redis_pid=$!
    tries=0
    until grep -q 'Ready to accept connections' "$work/redis.log" || ! kill -0 "$redis_pid" 2>/dev/null || [ "$tries" -gt 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    if kill -0 "$redis_pid" 2>/dev/null; then
        started="$started $redis_pid"
        break
    fi
    attempt=$((attempt + 1))
    [ "$attempt" -lt 5 ] || { cat "$work/redis.log" >&2; die "redis-server does not start; what it said stands above"; }
done
wait_for "$work/redis.log" 'Ready to accept connections' "$redis_pid" redis-server

(cd "$root/tests/bench/peers" && REDIS_PORT=$redis_port PYTHONDONTWRITEBYTECODE=1 \
    exec "$python" -m daphne -b 127.0.0.1 -p 0 channels_room:application) >"$work/channels.log" 2>&1 &
channels_pid=$!
started="$started $channels_pid"
wait_for "$work/channels.log" 'Listening on TCP address ' "$channels_pid" "the peer on Django Channels"
channels=http://$(sed -n 's/.*Listening on TCP address //p' "$work/channels.log")

# measure WORK SERVER ARGUMENT...: one turn; its JSON goes to the results.
measure()
{
    what=$1
    server=$2
    shift 2
    "$bench" "$@" >"$work/json" 2>"$work/said" || { cat "$work/said" >&2; die "$what with $server failed; what it said stands above"; }
    printf '%s %s %s\n' "$what" "$server" "$(cat "$work/json")" >>"$work/results"
    say "$server: $(tail -n 1 "$work/said" | sed 's/^rookery-bench: //')"
}

ours="--users 20 --dialect room ${io_threads:+--io-threads $io_threads}"
rooms=$((connections / 10))
round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    say "fan-out in one room of 1,000, round $round of $rounds"
    common="fanout --members 1000 --seconds $seconds"
    # shellcheck disable=SC2086
    {
        measure fanout rookeryd $common $ours
        measure fanout ws $common --bare --url "$ws" --pid "$ws_pid"
        [ -z "$uws" ] || measure fanout uws $common --bare --url "$uws" --pid "$uws_pid"
        measure fanout channels $common --bare --url "$channels" --pid "$channels_pid,$redis_pid" --patience 60
    }
    say "$connections sockets in $rooms rooms, round $round of $rounds"
    common="rooms --connections $connections --rooms $rooms --rate 1 --seconds $seconds"
    # shellcheck disable=SC2086
    {
        measure rooms rookeryd $common $ours
        measure rooms ws $common --bare --url "$ws" --pid "$ws_pid"
        [ -z "$uws" ] || measure rooms uws $common --bare --url "$uws" --pid "$uws_pid"
    }
done

"$python" "$root/tests/bench/compare.py" "$work/results"
