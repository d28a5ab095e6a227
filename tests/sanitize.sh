#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds everything with sanitizers and runs the tests: a finding fails the test in which it occurs.
set -eu

me=sanitize
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/resources/setup.sh"

usage()
{
    cat <<'EOF'
usage: sh tests/sanitize.sh thread|address [CTEST ARGUMENT]...

thread   ThreadSanitizer: data races, lock orders; the daemon and its tests, by GCC
address  AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer; the desktop client too, by Clang
Builds into build-sanitize-WHICH/. What follows goes to ctest, such as -R tst_ws.
EOF
}

# Not run: what measures, and what needs a browser.
without='browser|bench'
case ${1-} in
thread)
    # ThreadSanitizer does not see what Qt's own event dispatcher orders.
    without="$without|_qt$"
    options="-DROOKERY_SANITIZE=thread -DROOKERY_BUILD_CLIENT=OFF" ;;
address)
    # Clang takes half as long, and sees more that is undefined.
    options="-DROOKERY_SANITIZE=address,undefined -DROOKERY_BUILD_CLIENT=ON -DCMAKE_CXX_COMPILER=clang++" ;;
*) usage; exit 2 ;;
esac
which=$1
shift

need_tests
install_packages
npm_folder resources/web "Swagger UI"
npm_folder tests/interop "the clients of the interoperability tests"

build=$root/build-sanitize-$which
say "building it and its tests in $build"
# shellcheck disable=SC2086
configure "$build" -DROOKERY_BUILD_TESTS=ON -DROOKERY_UNITY=ON $options
cmake --build "$build" || die "the build failed; the compiler's words stand above"

# What is known of libraries that are not built with the sanitizer themselves stands, with its reason, in these files.
TSAN_OPTIONS="suppressions=$root/tests/support/thread.suppressions second_deadlock_stack=1 history_size=4 die_after_fork=0"
LSAN_OPTIONS="suppressions=$root/tests/support/leak.suppressions"
UBSAN_OPTIONS="print_stacktrace=1 halt_on_error=1"
export TSAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS
# Programs are several times slower so: each gets the time, and nothing is measured.
ctest --test-dir "$build" --output-on-failure --no-tests=error --timeout 900 -E "$without" "$@"
