#!/bin/sh
# Builds the daemon and its tests under a sanitizer and runs them: every finding fails the test it is found in.
set -eu

me=sanitize
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/resources/setup.sh"

usage()
{
    cat <<'EOF'
usage: sh tests/sanitize.sh thread|address [CTEST ARGUMENT]...

thread   ThreadSanitizer: data races, lock orders
address  AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer
Builds into build-sanitize-WHICH/, without the desktop client. What follows goes to ctest, such as -R tst_ws.
EOF
}

# Not run: what measures, and what needs a browser.
without='browser|bench'
case ${1-} in
thread)
    sanitizers=thread
    # ThreadSanitizer does not see what Qt's own event dispatcher orders.
    without="$without|_qt$" ;;
address) sanitizers=address,undefined ;;
*) usage; exit 2 ;;
esac
which=$1
shift

need_build
need_node
need_command ccache ccache
need_command curl curl
need_packages python3 python3-websockets
install_packages
npm_folder resources/web "Swagger UI"
npm_folder tests/interop "the clients of the interoperability tests"

build=$root/build-sanitize-$which
say "building the daemon and its tests in $build"
configure "$build" -DROOKERY_BUILD_TESTS=ON -DROOKERY_BUILD_CLIENT=OFF -DROOKERY_SANITIZE="$sanitizers"
cmake --build "$build" || die "the build failed; the compiler's words stand above"

# What is known of libraries that are not built with the sanitizer themselves stands, with its reason, in these files.
TSAN_OPTIONS="suppressions=$root/tests/support/thread.suppressions second_deadlock_stack=1 history_size=4 die_after_fork=0"
LSAN_OPTIONS="suppressions=$root/tests/support/leak.suppressions"
UBSAN_OPTIONS="print_stacktrace=1 halt_on_error=1"
export TSAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS
# Programs are several times slower so: each gets the time, and nothing is measured.
ctest --test-dir "$build" --output-on-failure --no-tests=error --timeout 900 -E "$without" "$@"
