#!/bin/sh
# Breaks a daemon again and again and checks that nothing acknowledged is lost: every command of rookery-faults.
set -eu

me=faults
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/resources/setup.sh"

usage()
{
    cat <<'EOF'
usage: sh tests/faults/run.sh [OPTION]...

Installs what is missing (apt-get), builds rookeryd and rookery-faults, and runs every command of rookery-faults.
--cycles N     so many of each command; without it as many as each takes by itself
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
    need_command ccache ccache
    install_packages
    build=$root/build-faults
    say "building in $build"
    configure "$build" -DROOKERY_BUILD_TESTS=ON -DROOKERY_BUILD_CLIENT=OFF
    cmake --build "$build" --target rookery-faults
fi

failed=0
for command in kill cuts drain; do
    say "$command, seed $seed"
    "$build/bin/rookery-faults" "$command" ${cycles:+--cycles "$cycles"} --seed "$seed" || failed=$((failed + 1))
done
[ "$failed" -eq 0 ] || die "$failed commands found something wrong; what it is stands above"
say "all held"
