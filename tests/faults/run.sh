#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs every command of rookery-faults: breaks a daemon repeatedly and checks that nothing acknowledged is lost.
set -eu

me=faults
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/resources/setup.sh"

usage()
{
    cat <<'EOF'
usage: sh tests/faults/run.sh [OPTION]...

Installs what is missing (apt-get), builds, runs every command of rookery-faults, and then rookery-desktop-faults.
--cycles N     so many of each command, and so many messages of the desktop clients; without it as many as each takes
               by itself
--seed S       the same seed makes the same choices; 1
--build DIR    use what is built in DIR/bin already
EOF
}

build=
cycles=
seed=1
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --build | --cycles | --seed)
        [ $# -ge 2 ] || die "$1 must be followed by a value"
        case $1 in
        --build) build=$2 ;;
        --cycles) cycles=$2 ;;
        --seed) seed=$2 ;;
        esac
        shift 2 ;;
    *) usage >&2; die "there is no option '$1'" ;;
    esac
done

if [ -z "$build" ]; then
    need_build
    need_client
    need_command ccache ccache
    install_packages
    build=$root/build-faults
    say "building in $build"
    configure "$build" -DROOKERY_BUILD_TESTS=ON -DROOKERY_BUILD_CLIENT=ON -DROOKERY_UNITY=ON
    cmake --build "$build" --target rookery-faults rookery-desktop-faults
fi

failed=0
prove()
{
    say "$*"
    program=$1
    shift
    "$build/bin/$program" "$@" || failed=$((failed + 1))
}
for command in $("$build/bin/rookery-faults" --list); do
    prove rookery-faults "$command" ${cycles:+--cycles "$cycles"} --seed "$seed"
done
prove rookery-desktop-faults ${cycles:+--sends "$cycles"} --seed "$seed"
[ "$failed" -eq 0 ] || die "$failed of them found something wrong; what it is stands above"
say "all held"
