# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the results of compare.sh, one `WORK SERVER JSON` per line, as a table."""

import json
import statistics
import sys

NAMES = {
    "rookeryd": "rookeryd",
    "ws": "Node ws",
    "uws": "uWebSockets",
    "channels": "Django Channels",
}
WORKS = {"fanout": "1 room of 1,000", "rooms": "rooms of 10, 1 message/s in each"}

# What README.md holds the server to: (work, peer, the ratio of CPU per delivery that is allowed).
BARS = [
    ("fanout", "ws", 1 / 5),
    ("fanout", "channels", 1 / 50),
    ("fanout", "uws", 1.1),
    ("rooms", "ws", 0.7),
]
ROOMS_P99_MS = 10


def read(path):
    results = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            work, server, text = line.split(" ", 2)
            results.setdefault((work, server), []).append(json.loads(text))
    return results


def median(results, key):
    return statistics.median(result[key] for result in results)


def met(good):
    return "met" if good else "missed"


def main():
    results = read(sys.argv[1])
    print(f"\n{'':34}{'':16}{'µs CPU per':>12}{'deliveries':>12}{'p50':>9}{'p99':>9}")
    print(f"{'':34}{'':16}{'delivery':>12}{'per s':>12}{'ms':>9}{'ms':>9}")
    for (work, server), turns in sorted(results.items()):
        print(
            f"{WORKS[work]:34}{NAMES[server]:16}{median(turns, 'cpu_us_per_delivery'):12.2f}"
            f"{median(turns, 'deliveries_per_second'):12.0f}{median(turns, 'p50_ms'):9.2f}{median(turns, 'p99_ms'):9.2f}"
        )
    print(f"\n{'rookeryd':34}{'against':16}{'ratio':>12}{'bar':>12}")
    for work, peer, bar in BARS:
        theirs = results.get((work, peer))
        if not theirs:
            continue
        # Turn by turn, so that what else the machine did met both.
        ratios = [
            our["cpu_us_per_delivery"] / their["cpu_us_per_delivery"]
            for our, their in zip(results[(work, "rookeryd")], theirs)
        ]
        ratio = statistics.median(ratios)
        print(f"{WORKS[work]:34}{NAMES[peer]:16}{ratio:12.3f}{bar:12.3f}  {met(ratio <= bar)}")
    p99 = median(results[("rooms", "rookeryd")], "p99_ms")
    print(f"{WORKS['rooms']:34}{'p99 in ms':16}{p99:12.2f}{ROOMS_P99_MS:12.3f}  {met(p99 <= ROOMS_P99_MS)}")


if __name__ == "__main__":
    main()
