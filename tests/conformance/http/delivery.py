# SPDX-License-Identifier: GPL-3.0-or-later
"""How the bytes of a case are split. The same bytes must get the same answer however they are split."""

import dataclasses
import enum
import random

from case import HIDDEN

EVERY_SPLIT = 1000  # bytes; larger requests are cut at some places only
BYTEWISE = 2000
AT_ONCE = 200  # connections


class Effort(enum.Enum):
    WHOLE = "in one piece"
    BYTEWISE = "and byte by byte, where that is not too long"
    ALL = "and cut at every place"


@dataclasses.dataclass(frozen=True)
class Delivery:
    way: str
    cuts: tuple  # for each step: after so many bytes each


def whole(steps):
    return Delivery("whole", tuple(() for _ in steps))


def bytewise(steps):
    return Delivery("byte by byte", tuple(tuple(range(1, len(step))) for step in steps))


def splits(steps):
    """In two, at every place; inside a hidden request, which is alike in all cases, only at some."""
    for at, step in enumerate(steps):
        begin = step.find(HIDDEN)
        inside = range(begin + 3, begin + len(HIDDEN) - 2) if begin >= 0 else ()
        for cut in range(1, len(step)):
            if cut in inside and cut % 16:
                continue
            yield Delivery(f"cut behind byte {cut} of step {at + 1}",
                           tuple((cut,) if i == at else () for i in range(len(steps))))


def pieces(steps, seed):
    generator = random.Random(seed)
    return Delivery(f"in pieces ({seed})", tuple(
        tuple(sorted(generator.sample(range(1, len(step)), min(20,
                                                               len(step) - 1)))) if len(step) > 1 else () for step in steps))


def deliveries(case, effort):
    steps = [step.send for step in case.steps]
    size = sum(map(len, steps))
    yield whole(steps)
    if effort is Effort.WHOLE or case.runs:  # what has run is there the second time
        return
    yield bytewise(steps) if size <= BYTEWISE else pieces(steps, 0)
    if effort is Effort.BYTEWISE or case.hashes:
        return
    if size <= EVERY_SPLIT:
        yield from splits(steps)
    else:
        yield from (pieces(steps, seed) for seed in range(1, 6))


def cut(data, cuts):
    borders = (0, *cuts, len(data))
    return [data[begin:end] for begin, end in zip(borders, borders[1:])]
