# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells what compare.sh has measured: its results, one `SHAPE/CORES SERVER JSON` a line, as a table."""

import json
import statistics
import sys

NAMES = {
    "rookeryd": "rookeryd",
    "ws": "Node ws",
    "durable": "Node ws, durable",
    "uws": "uWebSockets",
    "uws-durable": "uWebSockets, durable",
    "channels": "Django Channels",
}
SHAPES = {
    "one": "1 room of 1,000, 1 in flight",
    "four": "1 room of 1,000, 4 in flight",
    "even": "1 room of 1,000, 100 messages/s",
    "rooms": "rooms of 10, 1 message/s in each",
}

# What README.md holds the server to: (shape, peer): the ratio of CPU per delivery that is allowed.
BARS = {
    ("four", "ws"): 1 / 5,
    ("four", "channels"): 1 / 50,
    ("one", "uws"): 1.3,
    ("four", "uws"): 1.3,
    ("even", "uws"): 1.3,
    ("rooms", "uws"): 1.3,
    ("rooms", "ws"): 0.7,
    ("rooms", "durable"): 1,
    ("rooms", "uws-durable"): 1,
}
ROOMS_P50_MS = 1
ROOMS_P99_MS = 10


def read(path):
    results = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            work, server, text = line.split(" ", 2)
            shape, cores = work.split("/")
            results.setdefault((shape, int(cores)), {}).setdefault(server, []).append(json.loads(text))
    return results


def median(turns, key):
    return statistics.median(turn[key] for turn in turns)


def verdict(value, bar):
    return f"{bar:10.3f}  {'met' if value <= bar else 'missed'}"


def ratio_to(ours, theirs):
    """Turn by turn, so that what else the machine did met both."""
    key = "cpu_us_per_delivery"
    return statistics.median(our[key] / their[key] for our, their in zip(ours, theirs))


def main():
    results = read(sys.argv[1])
    order = list(SHAPES)
    for (shape, cores), servers in sorted(results.items(), key=lambda item: (item[0][1], order.index(item[0][0]))):
        print(f"\n{SHAPES[shape]}; {cores} core{'s' if cores > 1 else ''} for the server")
        print(f"  {'':22}{'µs CPU per':>12}{'deliveries':>12}{'p50':>9}{'p99':>9}{'rookeryd':>10}{'bar':>10}")
        print(f"  {'':22}{'delivery':>12}{'per s':>12}{'ms':>9}{'ms':>9}{'to it':>10}")
        for server, turns in servers.items():
            line = (
                f"  {NAMES[server]:22}{median(turns, 'cpu_us_per_delivery'):12.2f}"
                f"{median(turns, 'deliveries_per_second'):12.0f}{median(turns, 'p50_ms'):9.2f}{median(turns, 'p99_ms'):9.2f}"
            )
            if server != "rookeryd":
                ratio = ratio_to(servers["rookeryd"], turns)
                line += f"{ratio:10.3f}"
                if (shape, server) in BARS:
                    line += verdict(ratio, BARS[(shape, server)])
            print(line)
        if shape == "rooms":
            for key, bar in (("p50_ms", ROOMS_P50_MS), ("p99_ms", ROOMS_P99_MS)):
                value = median(servers["rookeryd"], key)
                print(f"  rookeryd's {key.replace('_', ' in ')}: {value:.2f}, bar {verdict(value, bar).strip()}")


if __name__ == "__main__":
    main()
