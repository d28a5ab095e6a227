# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets to search for, in every encoding in which they could be in a file."""

import base64
import json
import pathlib
import re
import urllib.parse

SHORTEST = 8  # below it, a text is as likely there for another reason; no valid password is shorter

# A test's source says that a text is a password by calling it one.
_IN_SOURCES = re.compile(r"""\bpass(?:word|phrase)\b(?:\\?["']?\s*[:=]|"\)\s*,)\s*
                             (?:u?r?\\?["']|QStringLiteral\("|QLatin1String\(")((?!\$)[^"'\\\n]{8,200})\\?["']""",
                         re.IGNORECASE | re.VERBOSE)

# What is secret by its form, whoever has made it.
_TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{8,}")
_IN_LOGS = {
    "a bearer token": re.compile(rb"bearer[ ,]+[A-Za-z0-9_.~+/-]{8,}", re.IGNORECASE),
    "a session cookie": re.compile(rb"rookery_session=[^;\s\"']{4,}"),
    "a token in a URL": re.compile(rb"[?&]token=[^&\s\"']+"),
    "the hash of a password": re.compile(rb"\$argon2"),
    "what is called a password": re.compile(rb"\"password\"\s*:"),
}
_RUN = re.compile(rb"[A-Za-z0-9_-]{20,}")


class Secrets:
    def __init__(self):
        self.passwords = set()
        self.tokens = set()
        self._needles = {}  # bytes -> what it is
        self._segments = set()  # payloads and signatures of tokens

    def add(self, secret):
        # Whatever has two dots and no space is meant for a token, valid or not.
        if secret.count(".") == 2 and " " not in secret and len(secret) > 60:
            self.tokens.add(secret)
            self._segments.update(part.encode() for part in secret.split(".")[1:] if len(part) >= 20)
        # A short word by itself may stand anywhere: "password" is the name of a column.
        elif len(secret) >= SHORTEST and not re.fullmatch(r"[a-z_]{1,11}", secret):
            self.passwords.add(secret)
            raw = secret.encode("utf-8", "surrogatepass")
            for spelling in (raw, json.dumps(secret)[1:-1].encode(), urllib.parse.quote(raw).encode(),
                             base64.b64encode(raw).rstrip(b"=")):
                self._needles[spelling] = "a password"

    def add_recorded(self, folder):
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            for line in file.read_bytes().splitlines():
                self.add(base64.b64decode(line).decode("utf-8", "surrogatepass"))

    def add_from_sources(self, folder):
        for path in sorted(folder.rglob("*")):
            foreign = {"node_modules", "secrets"} & set(path.parts)
            if path.suffix in (".cpp", ".h", ".py", ".mjs", ".js") and not foreign:
                for secret in _IN_SOURCES.findall(path.read_text("utf-8", "replace")):
                    self.add(secret)

    def found_in(self, content, log=False):
        """What kinds of secrets stand in these bytes, each with the place."""
        found = []
        for needle, what in self._needles.items():
            at = content.find(needle)
            if at >= 0:
                found.append((what, at))
        if match := _TOKEN.search(content):
            found.append(("a token", match.start()))
        for match in _RUN.finditer(content):
            if match.group() in self._segments:
                found.append(("a part of a token", match.start()))
                break
        if log:
            for what, pattern in _IN_LOGS.items():
                if match := pattern.search(content):
                    found.append((what, match.start()))
        return found


def context(content, at):
    """A little of what stands around a finding, for whoever has to find where it comes from."""
    return pathlib.PurePath(repr(content[max(0, at - 60):at + 60])).as_posix()
