#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a command in a network namespace of its own, where every port is free, so that the addresses printed in the documents
# (ws://localhost:5000, wss://localhost:10443) can be used as printed. If the system does not allow that, the command runs without
# it, and uses those ports only if they are free.
up='ip link set lo up && ROOKERY_TEST_OWN_NETWORK=1 exec "$@"'
for flags in -n -rn; do
    if unshare $flags ip link set lo up 2>/dev/null; then
        exec unshare $flags sh -c "$up" sh "$@"
    fi
done
exec "$@"
