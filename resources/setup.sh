# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by resources/run.sh, tests/run.sh and the scripts beside that: installs what a machine needs. POSIX sh. Expects $root
# (the top of the source tree) and $me (the calling script's name in messages).

say() { printf '%s: %s\n' "$me" "$*"; }
die() { printf '%s: %s\n' "$me" "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# The Debian and Ubuntu packages to install; filled by the functions below, installed by install_packages.
packages=

# need_packages NAME...: requires Debian packages by name.
need_packages() { packages="$packages $*"; }

# need_command COMMAND PACKAGE: requires a command, wherever it comes from; the package only if it is missing.
need_command() { have "$1" || packages="$packages $2"; }

need_node()
{
    # Node.js from other sources includes npm, which conflicts with Debian's npm package.
    need_command node nodejs
    need_command npm npm
    need_packages ca-certificates
}

need_build()
{
    need_command c++ g++
    need_command cmake cmake
    need_command ninja ninja-build
    need_command mold mold
    need_command pkg-config pkgconf
    need_packages qt6-base-dev qt6-websockets-dev qt6-httpserver-dev libqt6sql6-sqlite \
        libsodium-dev libjwt-dev libtomlplusplus-dev libssl-dev libicu-dev libsqlite3-dev libpq-dev libhiredis-dev \
        libmd4c-dev
}

# The desktop client's additional dependencies; Widgets are part of qt6-base-dev. CMake works without the keychain library
# (log-ins are kept in a file then); at run time it loads libsecret.
need_client()
{
    need_packages qtkeychain-qt6-dev libsecret-1-0
}

# Everything that the tests need, including what they test.
need_tests()
{
    need_build
    need_client
    need_node
    need_command ccache ccache
    # For tests/fuzz/ (libFuzzer).
    need_command clang++ clang
    need_packages libclang-rt-dev
    need_command curl curl
    # For the examples in shell.
    need_command jq jq
    # The proxies of resources/proxy; their programs are not in a normal user's PATH.
    need_packages nginx haproxy openssl
    need_packages postgresql
    # Redis and its Sentinel, without the service that redis-server would start: tests/support/redisserver.cpp.
    need_packages redis-tools
    need_command Xvfb xvfb
    need_command xdotool xdotool
    need_command openbox openbox
    need_command dbus-daemon dbus-daemon
    need_command dbus-send dbus-bin
    need_command gnome-keyring-daemon gnome-keyring
    need_command import imagemagick
    need_command ip iproute2
    need_command unshare util-linux
    need_command sqlite3 sqlite3
    # The desktop test reads the client's windows through the accessibility API.
    need_packages python3 python3-websockets python3-gi gir1.2-atspi-2.0 at-spi2-core fonts-dejavu-core
    # Ubuntu's package of a similar name installs the browser as a snap.
    if grep -qs '^ID=ubuntu' /etc/os-release; then
        need_command chromium chromium-browser
    else
        need_command chromium chromium
    fi
}

# missing_packages: those of $packages that are not installed, on one line.
missing_packages()
{
    # One call for all of them: a second run should cost nothing. Unknown names are reported on stderr.
    # shellcheck disable=SC2086
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $packages 2>/dev/null | sed -n 's/^installed //p')
    for package in $packages; do
        printf '%s\n' "$installed" | grep -qxF "$package" || printf '%s ' "$package"
    done
}

install_packages()
{
    if ! have apt-get || ! have dpkg-query; then
        [ -z "$packages" ] || say "this is neither Debian nor Ubuntu, so nothing is installed here; needed, by their Debian names:$packages"
        return 0
    fi
    missing=$(missing_packages)
    missing=${missing% }
    [ -n "$missing" ] || return 0

    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || die "these packages are missing, and there is no sudo to install them with. As root, run:
    apt-get install $missing"
        as_root=sudo
    fi
    apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0"
    say "installing with ${as_root:+$as_root }apt-get: $missing"
    $apt update </dev/null || say "apt-get update had a problem; going on with the package lists there are"
    # shellcheck disable=SC2086
    $apt install -y --no-install-recommends $missing </dev/null || die "apt-get could not install what is missing; what it said stands above. To try by hand, as root:
    apt-get update && apt-get install $missing"
}

# npm_folder FOLDER WHAT: installs the versions that the folder's lock file names, if they are not there yet.
npm_folder()
{
    lock=$root/$1/package-lock.json
    stamp=$root/$1/node_modules/.package-lock.json
    [ -f "$lock" ] || die "$1/package-lock.json is missing from the source tree"
    if [ -f "$stamp" ] && [ -z "$(find "$lock" -newer "$stamp")" ]; then
        return 0
    fi
    say "installing $2 with npm ci in $1"
    (cd "$root/$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null) \
        || die "npm ci failed in $1; what it said stands above. It needs the npm registry once"
    # npm does not touch the times of the files it unpacks.
    touch "$stamp"
}

# configure FOLDER OPTION...: configures the build folder; make TARGET... then builds in it.
configure()
{
    build=$1
    shift
    mkdir -p "$build"
    if ! cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo "$@" >"$build/configure.log" 2>&1; then
        cat "$build/configure.log" >&2
        die "cmake could not configure the build; what it said stands above. If the folder was moved or used otherwise before, remove $build and run this again"
    fi
}
