#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what the tests need, builds everything with warnings as errors, and runs all tests.
set -eu

me=tests
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/resources/setup.sh"

need_tests
# Versions of clang-format format differently. Ours is 14, which Debian 13 does not have.
format=
if have clang-format-14; then
    format=clang-format-14
elif apt-cache show clang-format-14 >/dev/null 2>&1; then
    need_packages clang-format-14
    format=clang-format-14
fi
install_packages
npm_folder resources/web "Swagger UI"
npm_folder tests/interop "the clients of the interoperability tests"

passed=0
failed=0
finish()
{
    printf '%s passed, %s failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

if [ -z "$format" ]; then
    say "clang-format 14 is not to be had here; the formatting is not checked"
elif ! git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
    say "this is not a git checkout; the formatting is not checked"
else
    say "checking the formatting of the C++ sources"
    if (cd "$root" && git ls-files -z -- '*.cpp' '*.h' | xargs -0 "$format" --dry-run --Werror); then
        passed=$((passed + 1))
    else
        say "to fix it: clang-format -i on the files named above"
        failed=$((failed + 1))
    fi
fi

build=$root/build-tests
say "building everything in $build"
configure "$build" -DROOKERY_BUILD_TESTS=ON -DROOKERY_BUILD_CLIENT=ON -DROOKERY_WARNINGS_AS_ERRORS=ON -DROOKERY_UNITY=ON
if ! cmake --build "$build"; then
    say "the build failed; the compiler's words stand above"
    failed=$((failed + 1))
    finish
fi

say "running the tests"
# Two at a time, since most take two of the four slots; see rookery_test().
report=$build/tests.xml
rm -f "$report"
ctest --test-dir "$build" --output-on-failure --parallel 4 --no-tests=error --output-junit "$report" </dev/null || :
if [ ! -s "$report" ]; then
    say "ctest left no report"
    failed=$((failed + 1))
    finish
fi
# Whatever did not run and pass has failed: a missing program and a disabled test as well.
total=$(grep -c '<testcase ' "$report") || :
good=$(grep -c '<testcase .*status="run"' "$report") || :
passed=$((passed + good))
failed=$((failed + total - good))

say "fuzzing, a little"
fuzzed=$build/fuzz.log
status=0
sh "$root/tests/fuzz/run.sh" --seconds 10 >"$fuzzed" 2>&1 </dev/null || status=$?
cat "$fuzzed"
good=$(grep -c '^fuzz: passed ' "$fuzzed") || :
bad=$(grep -c '^fuzz: FAILED ' "$fuzzed") || :
# A run that came to nothing has failed as well.
[ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
passed=$((passed + good))
failed=$((failed + bad))
finish
