# SPDX-License-Identifier: GPL-3.0-or-later
"""Every case, numbered by its section and position."""

import dataclasses
import importlib

SECTIONS = ("basics", "lengths", "codings", "chunks", "lines", "fields", "targets", "hosts", "methods", "limits", "pipelines",
            "upgrades", "injections")


def all_cases():
    numbered = []
    names = set()
    for section, module in enumerate(SECTIONS, 1):
        for place, case in enumerate(importlib.import_module(f"cases.{module}").CASES, 1):
            if case.name in names:
                raise ValueError(f"two cases are named {case.name!r}")
            names.add(case.name)
            numbered.append(dataclasses.replace(case, number=f"{section}.{place}"))
    return numbered
