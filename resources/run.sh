#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, starts the daemon and opens the desktop client.
set -eu

me=run.sh
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/resources/setup.sh"

usage()
{
    cat <<'EOF'
usage: sh resources/run.sh [--server] [DAEMON ARGUMENT]...

Installs what is missing (apt-get, npm), builds into build/, starts the daemon and opens the desktop client.
--server       only the daemon; also what happens where there is no display
Everything else goes to the daemon, such as --listen http://127.0.0.1:5001 or --data DIRECTORY
(build/bin/rookeryd --help tells them all, once it is built).
EOF
}

with_client=yes
case ${1-} in
--server) with_client=no; shift ;;
-h | --help) usage; exit 0 ;;
esac
if [ "$with_client" = yes ] && [ -z "${DISPLAY-}${WAYLAND_DISPLAY-}" ]; then
    say "there is no display here (DISPLAY and WAYLAND_DISPLAY are not set), so only the daemon is started"
    with_client=no
fi

need_build
need_node
if [ "$with_client" = yes ]; then
    need_client
    [ -n "${DISPLAY-}" ] || need_packages qt6-wayland
fi
install_packages
npm_folder resources/web "Swagger UI"

build=$root/build
if [ "$with_client" = yes ]; then
    say "building the daemon and the client in $build"
    configure "$build" -DROOKERY_BUILD_TESTS=OFF -DROOKERY_BUILD_CLIENT=ON -DROOKERY_UNITY=ON
    cmake --build "$build" --target rookeryd rookery || die "the build failed; the compiler's words stand above"
else
    say "building the daemon in $build"
    configure "$build" -DROOKERY_BUILD_TESTS=OFF -DROOKERY_BUILD_CLIENT=OFF -DROOKERY_UNITY=ON
    cmake --build "$build" --target rookeryd || die "the build failed; the compiler's words stand above"
fi

daemon=
client=
scratch=
interrupted=

# end_both: sends SIGTERM to both, which then shut down in order. One of them may be gone already.
end_both()
{
    [ -z "$client" ] || kill "$client" 2>/dev/null || :
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || :
}
finish()
{
    trap - EXIT
    end_both
    wait
    [ -z "$scratch" ] || rm -rf "$scratch"
}
trap finish EXIT
trap 'interrupted=yes; end_both' INT TERM HUP

# await PID: waits for its exit status, in $status, however often a signal interrupts the wait.
await()
{
    status=0
    wait "$1" || status=$?
    while kill -0 "$1" 2>/dev/null; do
        status=0
        wait "$1" || status=$?
    done
}

daemon_ended()
{
    [ "$status" -eq 0 ] || [ -n "$interrupted" ] || die "the daemon ended with status $status; why stands above. If its address is taken, name another, such as
    sh resources/run.sh --listen http://127.0.0.1:0
where port 0 stands for any free one"
    exit "$status"
}

if [ "$with_client" = no ]; then
    say "starting the daemon; Ctrl+C ends it"
    "$build/bin/rookeryd" "$@" &
    daemon=$!
    await "$daemon"
    daemon=
    [ -z "$interrupted" ] || exit 0
    daemon_ended
fi

say "starting the daemon"
scratch=$(mktemp -d)
mkfifo "$scratch/ready"
"$build/bin/rookeryd" "$@" >"$scratch/ready" &
daemon=$!
exec 3<"$scratch/ready"
url=
while [ -z "$url" ] && IFS= read -r line <&3; do
    printf '%s\n' "$line"
    case $line in
    'rookeryd ready: '*) url=${line#rookeryd ready: } ;;
    esac
done
if [ -z "$url" ]; then
    await "$daemon"
    daemon=
    daemon_ended
fi

say "opening the client; closing it ends the daemon too"
"$build/bin/rookery" --server "$url" 3<&- &
client=$!
await "$client"
client=
[ -z "$interrupted" ] || exit 0
[ "$status" -eq 0 ] || say "the client ended with status $status"
exit "$status"
