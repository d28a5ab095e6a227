#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the fuzz targets with Clang and runs each with libFuzzer for a while; a finding fails the run.
set -eu

me=fuzz
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/resources/setup.sh"

usage()
{
    cat <<'EOF_USAGE'
usage: sh tests/fuzz/run.sh [--seconds N] [--jobs N] [--minimise] [TARGET]...

--seconds N  how long each target runs; 10 unless told
--jobs N     how many targets run at a time; 2 unless told
--minimise   afterwards, add to tests/fuzz/corpus/ the fewest of the inputs found in build-fuzz/ that cover what
             those there do not
Without a TARGET, all of them. Builds into build-fuzz/, where inputs that reach something new are kept from run
to run (corpus/) and findings are put (findings/).
EOF_USAGE
}

seconds=10
jobs=2
minimise=
targets=
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=${2?}; shift ;;
    --jobs) jobs=${2?}; shift ;;
    --minimise) minimise=yes ;;
    -h | --help) usage; exit 0 ;;
    -*) usage; exit 2 ;;
    *) targets="$targets $1" ;;
    esac
    shift
done

need_build
need_command ccache ccache
need_command clang++ clang
need_packages libclang-rt-dev
install_packages

here=$root/tests/fuzz
build=$root/build-fuzz
say "building the targets in $build"
configure "$build" -DCMAKE_CXX_COMPILER=clang++ -DROOKERY_FUZZ=ON -DROOKERY_WARNINGS_AS_ERRORS=ON -DROOKERY_UNITY=ON
cmake --build "$build" >"$build/build.log" 2>&1 || { cat "$build/build.log" >&2; die "the build failed"; }

if [ -z "$targets" ]; then
    for program in "$build"/bin/fuzz_*; do
        targets="$targets ${program##*/fuzz_}"
    done
fi
for target in $targets; do
    [ -x "$build/bin/fuzz_$target" ] || die "there is no target $target"
done

# Findings end the process, whichever sanitizer they are of. Libraries that are not instrumented keep what they keep.
LSAN_OPTIONS="suppressions=$root/tests/support/leak.suppressions:print_suppressions=0"
UBSAN_OPTIONS=print_stacktrace=1
QT_QPA_PLATFORM=offscreen
export LSAN_OPTIONS UBSAN_OPTIONS QT_QPA_PLATFORM

# fuzz TARGET ARGUMENT...: libFuzzer on a target, with bounds that no input may pass.
fuzz()
{
    target=$1
    shift
    "$build/bin/fuzz_$target" -timeout=10 -rss_limit_mb=1024 -max_len=1024 "$@"
}

# run TARGET: one target for its time; what libFuzzer says goes to a log.
run()
{
    target=$1
    corpus=$build/corpus/$target
    findings=$build/findings/$target
    mkdir -p "$corpus" "$findings"
    dictionary=$here/dictionaries/$target.dict
    set -- -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$findings/"
    [ ! -f "$dictionary" ] || set -- "$@" -dict="$dictionary"
    fuzz "$target" "$@" "$corpus" "$here/corpus/$target" >"$findings.log" 2>&1
}

# report TARGET STATUS: the line of one target, and of a finding all there is to know.
report()
{
    log=$build/findings/$1.log
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ "$2" -eq 0 ] && [ "${runs:-0}" -gt 0 ]; then
        say "passed $1: $seconds s, $runs inputs"
        return 0
    fi
    finding=$(sed -n 's/^.*Test unit written to //p' "$log" | tail -n 1)
    grep -av '^#[0-9]*[[:space:]]' "$log" | tail -n 60
    say "FAILED $1: see above and $log${finding:+; to see it again:
    $build/bin/fuzz_$1 $finding
  Fixed, it becomes a file with a telling name in tests/fuzz/corpus/$1/}"
    bad=$((bad + 1))
}

bad=0
set -f
# shellcheck disable=SC2086
set -- $targets
while [ $# -gt 0 ]; do
    # As many at once as there are jobs, and then the next ones.
    started=
    while [ $# -gt 0 ] && [ "$(printf '%s' "$started" | wc -w)" -lt "$jobs" ]; do
        run "$1" &
        started="$started $1:$!"
        shift
    done
    for each in $started; do
        status=0
        wait "${each##*:}" || status=$?
        report "${each%%:*}" "$status"
    done
done

if [ -n "$minimise" ]; then
    for target in $targets; do
        corpus=$here/corpus/$target
        before=$(find "$corpus" -type f | wc -l)
        fuzz "$target" -merge=1 -max_len=256 "$corpus" "$build/corpus/$target" >"$build/findings/$target.merge.log" 2>&1 \
            || die "merging the corpus of $target failed; see $build/findings/$target.merge.log"
        say "corpus of $target: $before files, now $(find "$corpus" -type f | wc -l)"
    done
fi
[ "$bad" -eq 0 ]
