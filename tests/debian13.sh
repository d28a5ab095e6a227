#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds everything on Debian 13 (trixie) and runs all tests there, in a root created by debootstrap.
set -eu

me=debian13
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/resources/setup.sh"

usage()
{
    cat <<'EOF'
usage: sh tests/debian13.sh [--root DIRECTORY] [-- COMMAND [ARGUMENT]...]

Makes a Debian 13 in a scratch folder, copies this checkout there (without its builds) and runs sh tests/run.sh in it, as
root. It needs root, about 10 GB in TMPDIR (or /var/tmp), and a Debian mirror. The scratch folder goes in the end.

--root DIRECTORY  keeps the Debian 13 in this folder and uses it again: its packages, its build and its compiler cache
-- COMMAND        instead of sh tests/run.sh, at the top of the copy

SUITE=bookworm    another release than trixie
MIRROR=URL        where its packages come from; otherwise the mirror that this machine uses, or deb.debian.org
CCACHE_DIR=DIR    a compiler cache of this machine to use in there; otherwise the root has its own

Not tried by this: Ubuntu, other processors than this machine's, the formatting (Debian 13 has no clang-format 14), and the
systemd unit under a running systemd.
EOF
}

suite=${SUITE:-trixie}
kept=
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --root)
        [ -n "${2-}" ] || die "--root wants a directory"
        kept=$2
        shift 2 ;;
    --) shift; break ;;
    *) usage >&2; exit 2 ;;
    esac
done
[ $# -gt 0 ] || set -- sh tests/run.sh

[ "$(id -u)" -eq 0 ] || die "this needs root: debootstrap, mounts and another root directory. To go on: sudo sh tests/debian13.sh"
have apt-get || die "this needs Debian or Ubuntu, for debootstrap"

need_command debootstrap debootstrap
need_command unshare util-linux
need_command git git
# Ubuntu's debootstrap comes without it.
need_packages debian-archive-keyring
install_packages

# The mirror and the proxy that apt has here serve Debian 13 as well.
mirror=${MIRROR-}
if [ -z "$mirror" ]; then
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null \
        | sed -n '/^https*:/{p;q;}') || :
fi
mirror=${mirror:-http://deb.debian.org/debian}
mirror=${mirror%/}
if [ -z "${http_proxy-}" ]; then
    eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
fi
[ -z "${http_proxy-}" ] || export http_proxy

scratch=
child=
finish()
{
    trap - EXIT INT TERM HUP
    if [ -n "$child" ]; then
        # unshare holds back every other signal; with it goes all that runs in its namespaces.
        kill -KILL "$child" 2>/dev/null || :
        wait "$child" 2>/dev/null || :
    fi
    # What is mounted in there is mounted in namespaces of its own, which are gone.
    [ -z "$scratch" ] || rm -rf --one-file-system "$scratch"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ -n "$kept" ]; then
    mkdir -p "$kept"
    target=$(CDPATH='' cd -- "$kept" && pwd -P)
else
    scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/rookery-$suite-XXXXXX")
    target=$scratch/root
    mkdir "$target"
fi
case $target in
/ | "$root" | "$root"/*) die "$target cannot be the root: it would hold itself" ;;
*[[:space:]]*) die "debootstrap takes no blanks in the name of a folder: $target" ;;
esac
[ "$(df -Pk "$target" | awk 'NR == 2 {print int($4 / 1024 / 1024)}')" -ge 10 ] \
    || die "$target has less than 10 GB left, which the packages and the build take. TMPDIR or --root names another place"

# run COMMAND...: in the foreground, but so that a signal ends it.
run()
{
    "$@" &
    child=$!
    status=0
    wait "$child" || status=$?
    child=
    return "$status"
}

# A stamp, because a folder that debootstrap has left half-way looks like a good one.
stamp=$target/.rookery-suite
if [ -e "$stamp" ]; then
    [ "$(cat "$stamp")" = "$suite" ] || die "$target holds a Debian $(cat "$stamp"), not $suite. Remove it, or name another"
    say "using the $suite in $target"
else
    [ -z "$(ls -A "$target")" ] || die "$target is neither empty nor a root that this script has finished. Remove it, or name another"
    say "making a Debian $suite in $target, from $mirror"
    log=$target.log
    if ! run unshare --mount --pid --fork --kill-child debootstrap --variant=minbase "$suite" "$target" "$mirror" >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        rm -rf --one-file-system "$target" "$log"
        die "debootstrap could not make a $suite; the end of what it said stands above. It needs the network: can $mirror be reached from here, and has it $suite (MIRROR=URL names another, http_proxy a proxy)?"
    fi
    rm -f "$log"
    printf '%s\n' "$suite" >"$stamp"
fi

say "copying the checkout"
copy=$target/root/rookery
mkdir -p "$copy"
# The last build stays for the next, and what npm has installed.
find "$copy" -mindepth 1 -maxdepth 1 ! -name build-tests -exec rm -rf {} +
if git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
    # As it stands, committed or not. Files that are deleted and not committed are not there to be copied.
    (cd "$root" && git ls-files -z --cached --others --exclude-standard | tar -c --null -T - --ignore-failed-read 2>/dev/null) | tar -x -C "$copy"
else
    (cd "$root" && tar -c --exclude=./build --exclude='./build-*' --exclude=node_modules .) | tar -x -C "$copy"
fi
[ -f "$copy/CMakeLists.txt" ] || die "the checkout could not be copied to $copy"
# JavaScript is the same everywhere; what is not here yet comes from the npm registry.
for folder in resources/web tests/interop; do
    [ ! -d "$root/$folder/node_modules" ] || cp -a "$root/$folder/node_modules" "$copy/$folder/"
done
cp -L /etc/resolv.conf "$target/etc/resolv.conf" 2>/dev/null || :
printf '127.0.0.1 localhost\n::1 localhost\n' >"$target/etc/hosts"
printf 'Acquire::Retries "3";\n' >"$target/etc/apt/apt.conf.d/90rookery"
[ -z "${http_proxy-}" ] || printf 'Acquire::http::Proxy "%s";\n' "$http_proxy" >>"$target/etc/apt/apt.conf.d/90rookery"
cache=/root/.cache/ccache
if [ -n "${CCACHE_DIR-}" ]; then
    mkdir -p "$CCACHE_DIR"
    cache=/var/cache/ccache
    mkdir -p "$target$cache"
fi

say "running there: $*"
# Not chroot alone: in one nobody may make the namespaces that tests and browsers want for themselves.
run unshare --mount --pid --fork --kill-child sh -eu -c '
    target=$1 cache=$2
    shift 2
    mount --bind "$target" "$target"
    [ -z "${CCACHE_DIR-}" ] || mount --bind "$CCACHE_DIR" "$target$cache"
    mount -t proc proc "$target/proc"
    mount --rbind /sys "$target/sys"
    mount --rbind /dev "$target/dev"
    mkdir -p "$target/.outside"
    cd "$target"
    pivot_root . .outside
    umount -l /.outside
    rmdir /.outside
    cd /root/rookery
    # Nothing of this machine: its certificates and tools have other places in there.
    exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM="${TERM-dumb}" \
        CCACHE_DIR="$cache" ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
        ${no_proxy:+"no_proxy=$no_proxy"} ${CMAKE_BUILD_PARALLEL_LEVEL:+"CMAKE_BUILD_PARALLEL_LEVEL=$CMAKE_BUILD_PARALLEL_LEVEL"} "$@"
' sh "$target" "$cache" "$@" </dev/null
