# SPDX-License-Identifier: GPL-3.0-or-later
"""The fenced blocks of a Markdown document, which tests run unchanged."""

import dataclasses
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[3]
DOCUMENTS = TOP / "resources" / "docs"


@dataclasses.dataclass(frozen=True)
class Block:
    language: str  # the word after the fence; empty where there is none
    text: str
    line: int  # of the first line of the text, from 1
    chapter: str  # the "## " heading above


def blocks(path):
    found, chapter, fence = [], "", None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if fence is None and line.lstrip().startswith(("```", "~~~")):
            if not re.fullmatch(r"```\w*", line):
                raise AssertionError(f"{path}:{number}: a fence is ``` and at most one word, at the beginning of the line")
            fence, text, start = line.removeprefix("```"), [], number + 1
        elif fence is not None and line == "```":
            found.append(Block(fence, "\n".join(text) + "\n", start, chapter))
            fence = None
        elif fence is not None:
            text.append(line)
        elif line.startswith("## "):
            chapter = line.removeprefix("## ")
    if fence is not None:
        raise AssertionError(f"{path}: the last fence is not closed")
    return found
