# SPDX-License-Identifier: GPL-3.0-or-later
"""All cases: those with the numbers of the Autobahn test suite, sections 1-7, 9 and 10, and the project's own, R."""

from cases import section1_5, section6, section7, section9_10, own

NUMBERED = [*section1_5.CASES, *section6.CASES, *section7.CASES, *section9_10.CASES]
OWN = own.CASES
CASES = NUMBERED + OWN
