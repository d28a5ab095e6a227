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
--shapes LIST      which of one, four, even (one room of 1,000: one message in flight, four, 100 a second) and rooms;
                   one,four,even,rooms
--cores LIST       how many cores the servers get, one run after the other; 1,2. The load generator has the others, or
                   shares them where there are none
--io-threads N     I/O threads of rookeryd
--no-channels      without Django Channels and Redis
--uws URL          also compare with a broadcaster on uWebSockets that runs at URL (or ROOKERY_BENCH_UWS_URL), which
--uws-pid PID      is process PID (or ROOKERY_BENCH_UWS_PID) and echoes as peers/ws_room.mjs does
--uws-durable URL, --uws-durable-pid PID
                   and with one that stores each message before it is published
EOF
}

build=
rounds=3
seconds=5
connections=10000
io_threads=
uws=${ROOKERY_BENCH_UWS_URL-}
uws_pid=${ROOKERY_BENCH_UWS_PID-}
uws_durable=
uws_durable_pid=
channels=yes
shapes=one,four,even,rooms
cores=1,2
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --no-channels) channels=; shift ;;
    --build | --rounds | --seconds | --connections | --io-threads | --uws | --uws-pid | --uws-durable | \
        --uws-durable-pid | --shapes | --cores)
        [ $# -ge 2 ] || die "$1 must be followed by a value"
        case $1 in
        --build) build=$2 ;;
        --rounds) rounds=$2 ;;
        --seconds) seconds=$2 ;;
        --connections) connections=$2 ;;
        --io-threads) io_threads=$2 ;;
        --uws) uws=$2 ;;
        --uws-pid) uws_pid=$2 ;;
        --uws-durable) uws_durable=$2 ;;
        --uws-durable-pid) uws_durable_pid=$2 ;;
        --shapes) shapes=$2 ;;
        --cores) cores=$2 ;;
        esac
        shift 2 ;;
    *) usage >&2; die "there is no option '$1'" ;;
    esac
done
[ -z "$uws" ] || [ -n "$uws_pid" ] || die "--uws needs --uws-pid: what is compared is CPU time"
[ -z "$uws_durable" ] || [ -n "$uws_durable_pid" ] || die "--uws-durable needs --uws-durable-pid: what is compared is CPU time"
for shape in $(echo "$shapes" | tr , ' '); do
    case $shape in one | four | even | rooms) ;; *) die "--shapes knows one, four, even and rooms, not '$shape'" ;; esac
done
machine=$(getconf _NPROCESSORS_ONLN)
for count in $(echo "$cores" | tr , ' '); do
    [ "$count" -ge 1 ] 2>/dev/null || die "--cores takes numbers from 1, not '$count'"
    [ "$count" -le "$machine" ] || die "--cores $count: this machine has $machine"
done

need_node
# Debian's Python modules belong to Debian's Python, whatever else comes first in PATH.
python=/usr/bin/python3
need_packages python3
[ -z "$channels" ] || need_packages python3-django-channels python3-channels-redis python3-daphne redis-server
[ -n "$build" ] || need_build
install_packages
npm_folder tests/bench/peers "the peer on Node's ws"
if [ -z "$build" ]; then
    npm_folder resources/web "Swagger UI"
    build=$root/build
    say "building rookeryd and rookery-bench in $build"
    configure "$build" -DROOKERY_BUILD_TESTS=ON -DROOKERY_BUILD_CLIENT=OFF -DROOKERY_UNITY=ON
    cmake --build "$build" --target rookeryd rookery-bench
fi
bench=$build/bin/rookery-bench
[ -x "$bench" ] || die "there is no $bench"
# Node and Python take what they are given, which for many is 1,024. dash, bash and busybox all know it.
# shellcheck disable=SC3045
ulimit -n "$(ulimit -Hn)"

work=$(mktemp -d)
started=
durable_log=
end_all()
{
    for pid in $started; do
        kill "$pid" 2>/dev/null || :
    done
    for pid in $started; do
        wait "$pid" 2>/dev/null || :
    done
    rm -rf "$work" ${durable_log:+"$durable_log"}
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

# On the disk that rookery-bench keeps rookeryd's data on.
durable_log=$(mktemp /var/tmp/rookery-compare.XXXXXX)
node "$root/tests/bench/peers/ws_durable.mjs" "$durable_log" >"$work/durable.log" 2>&1 &
durable_pid=$!
started="$started $durable_pid"
wait_for "$work/durable.log" '^ws_durable ready: ' "$durable_pid" "the durable peer"
durable=$(sed -n 's/^ws_durable ready: //p' "$work/durable.log")

start_channels()
{
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
}
[ -z "$channels" ] || start_channels

# measure WORK SERVER ARGUMENT...: one turn; its JSON goes to the results.
measure()
{
    what=$1
    server=$2
    shift 2
    taskset -c "$load_cores" "$bench" "$@" >"$work/json" 2>"$work/said" \
        || { cat "$work/said" >&2; die "$what with $server failed; what it said stands above"; }
    printf '%s %s %s\n' "$what" "$server" "$(cat "$work/json")" >>"$work/results"
    say "$server: $(tail -n 1 "$work/said" | sed 's/^rookery-bench: //')"
}

# give_cores COUNT: the first COUNT of the machine to all servers, the others to the load generator.
give_cores()
{
    server_cores=0-$(($1 - 1))
    load_cores=$1-$((machine - 1))
    [ "$1" -lt "$machine" ] || load_cores=0-$((machine - 1))
    # rookeryd is started by rookery-bench, which would hand its own cores down.
    printf '#!/bin/sh\nexec taskset -c %s "%s" "$@"\n' "$server_cores" "$build/bin/rookeryd" >"$work/rookeryd"
    chmod 700 "$work/rookeryd"
    for pid in $started $uws_pid $uws_durable_pid; do
        taskset -a -p -c "$server_cores" "$pid" >/dev/null
    done
}

# compare SHAPE COUNT ARGUMENT...: a turn of each server.
compare()
{
    key=$1/$2
    shape=$1
    shift 2
    say "$key: round $round of $rounds"
    # shellcheck disable=SC2086
    measure "$key" rookeryd "$@" --users 20 --dialect room --daemon "$work/rookeryd" ${io_threads:+--io-threads $io_threads}
    measure "$key" ws "$@" --bare --url "$ws" --pid "$ws_pid"
    measure "$key" durable "$@" --bare --url "$durable" --pid "$durable_pid"
    [ -z "$uws" ] || measure "$key" uws "$@" --bare --url "$uws" --pid "$uws_pid"
    [ -z "$uws_durable" ] || measure "$key" uws-durable "$@" --bare --url "$uws_durable" --pid "$uws_durable_pid"
    # Only where it keeps up.
    [ "$shape" != four ] || [ -z "$channels" ] \
        || measure "$key" channels "$@" --bare --url "$channels" --pid "$channels_pid,$redis_pid" --patience 60
}

round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    for count in $(echo "$cores" | tr , ' '); do
        give_cores "$count"
        for shape in $(echo "$shapes" | tr , ' '); do
            case $shape in
            one) compare one "$count" fanout --members 1000 --in-flight 1 --seconds "$seconds" ;;
            four) compare four "$count" fanout --members 1000 --in-flight 4 --seconds "$seconds" ;;
            even) compare even "$count" rooms --connections 1000 --rooms 1 --rate 100 --seconds "$seconds" ;;
            rooms) compare rooms "$count" rooms --connections "$connections" --rooms $((connections / 10)) --rate 1 \
                --seconds "$seconds" ;;
            esac
        done
    done
done

"$python" "$root/tests/bench/compare.py" "$work/results"
