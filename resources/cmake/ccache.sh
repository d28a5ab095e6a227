#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# ccache.sh CCACHE COMPILER ARGUMENT...: compiles through ccache, whose time goes into precompiled headers otherwise.
set -eu

# Both are necessary for sources compiled with precompiled headers.
export CCACHE_SLOPPINESS=pch_defines,time_macros
# What a source depends on is what the compiler says, and not read from a second preprocessing.
export CCACHE_DEPEND=true
# A precompiled header has 170 MB: it is hashed once, when it is made, and not for each source.
export CCACHE_PCH_EXTSUM=true

output=
before=
for argument; do
    [ "$before" != -o ] || output=$argument
    before=$argument
done
case $output in
*.gch | *.pch)
    rm -f "$output.sum"
    "$@"
    { sha256sum <"$output" 2>/dev/null || cksum <"$output"; } >"$output.sum"
    ;;
*) exec "$@" ;;
esac
