# SPDX-License-Identifier: GPL-3.0-or-later
"""curl, as a reader of one of the documents would call it."""

import dataclasses
import json
import pathlib
import subprocess
import tempfile

from support import evidence


@dataclasses.dataclass
class Reply:
    status: int
    headers: dict  # lower-case name -> list of values
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return ", ".join(self.headers.get(name, []))


def curl(*arguments):
    """Runs curl with these arguments; the answer's status, headers and body. No test waits past 30 s."""
    with tempfile.TemporaryDirectory() as folder:
        head, body = pathlib.Path(folder, "head"), pathlib.Path(folder, "body")
        # -q: whoever runs this may have a ~/.curlrc.
        subprocess.run(
            ["curl", "-q", "--silent", "--show-error", "--noproxy", "*", "--max-time", "30",
             "--dump-header", head, "--output", body, *arguments],
            check=True, stdin=subprocess.DEVNULL)
        # A 100 Continue has a head of its own; the answer's is the last.
        lines = head.read_text("latin-1").strip().split("\n\n")[-1].replace("\r", "").splitlines()
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        return Reply(int(lines[0].split()[1]), headers, body.read_bytes() if body.exists() else b"")


def post(url, value, *arguments):
    """`curl -X POST -H 'Content-Type: application/json' -d …`, as all five documents show it."""
    evidence.remember(value)
    reply = curl("-X", "POST", url, "-H", "Content-Type: application/json", "-d", json.dumps(value), *arguments)
    evidence.remember(reply.body)
    return reply


def bearer(token):
    evidence.remember({"token": token})
    return ("-H", f"Authorization: Bearer {token}")
