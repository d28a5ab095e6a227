#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the whole tree: headers are included in the directions allowed by tests/includes.txt, every folder
has a README, every source its licence, none is longer than 600 lines, sentences for people are made by the
client's views, translated, and no label or message box of the client may take a text for HTML.

Usage: tree.py [ROOT]; without ROOT the tree this file is in. Exit status 0: no errors; 1: errors, printed one per
line. tree.py --selftest plants one error of each kind in a small tree, which must be found."""
import os
import re
import sys
import tempfile

AREAS = ("common", "server", "client")
LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"
LICENSED = (".cpp", ".h", ".py", ".sh", ".js", ".mjs", ".cmake", "CMakeLists.txt")
NOT_OURS = ("node_modules", "__pycache__")
LONGEST = 600  # lines
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


# What says codes and data: no sentences there. And what makes them of these: only by way of a translation.
WORDLESS = ("client/api", "client/cache", "client/instance", "client/logins", "client/models", "client/problems", "client/session",
            "client/settings")
WORDS = ("client/app", "client/sentences", "client/timeline", "client/views")
TRANSLATIONS = ("tr", "translate", "words", "QT_TRANSLATE_NOOP")
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?s:.*?)\)"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|[\w:]+|[^\s\w]', re.DOTALL)
LOGS = re.compile(r"^(qC?(Debug|Info|Warning|Critical)|qFatal)$")


QUESTION = "client/views/widgets/question.cpp"
MESSAGE_BOX = re.compile(r"new QMessageBox|QMessageBox::(about|critical|information|question|warning)\b|QMessageBox \w+[({;]"
                         r"|Q(ErrorMessage|InputDialog|WhatsThis)\b")


class Rules:
    def __init__(self, path):
        self.may = {}
        self.layers = set()
        self.faults = []
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.split("#")[0].strip()
                if not line:
                    continue
                folder, colon, rest = line.partition(":")
                if not colon or folder in self.may:
                    self.faults.append(f"includes.txt:{number}: not 'FOLDER: WHAT…', or a folder named twice")
                    continue
                self.may[folder] = {what.lstrip("~") for what in rest.split()}
                self.layers |= {frozenset((folder, what[1:])) for what in rest.split() if what.startswith("~")}

    def allows(self, folder, header):
        allowed = self.may.get(folder, set())
        return os.path.dirname(header) in allowed | {folder} or header in allowed


def every_source(root):
    for area in AREAS + ("tests", "resources"):
        for folder, folders, names in os.walk(os.path.join(root, area)):
            folders[:] = [name for name in folders if name not in NOT_OURS]
            for name in sorted(names):
                if name.endswith(LICENSED):
                    yield os.path.relpath(os.path.join(folder, name), root)


def faults_of_one(root, source):
    with open(os.path.join(root, source), encoding="utf-8") as file:
        lines = file.read().split("\n")
    if not any(LICENCE in line for line in lines[:2]):
        yield f"{source}: does not say '{LICENCE}' in its first line, or behind '#!'"
    if len(lines) - 1 > LONGEST:
        yield f"{source}: has {len(lines) - 1} lines; more than {LONGEST} are two subjects"


def is_sentence(text):
    """Two words or more that begin like a sentence or end like one; SQL begins with a word in capitals, and what
    begins with "#" is the comment of a file."""
    text = text.strip()
    if text.startswith("#"):
        return False
    first = text.lstrip("(").split(" ")[0]
    return bool(re.search(r"\w\S* \S*\w", text)) and not (len(first) > 1 and first.isupper() and first.isalpha()) \
        and bool(re.match(r"['‘(]?[A-Z]", text) or re.search(r"[.?!…]$", text.rstrip("\\n")))


def sentences(code):
    """(line, text, the innermost call it stands in, whether it is for the log) of each sentence in C++."""
    calls, before, logs, whole = [], "", False, None
    for token in TOKEN.finditer(code):
        word = token.group()
        if word.startswith(("//", "/*")):
            continue
        if word.startswith(('"', 'R"')):
            text = word[word.index('"') + 1:-1]
            if whole and whole[2:] == [tuple(calls), logs]:
                whole[1] += text
            else:
                whole = [code.count("\n", 0, token.start()) + 1, text, tuple(calls), logs]
            continue
        if whole and is_sentence(whole[1]):
            yield whole[0], whole[1], whole[2][-1] if whole[2] else "", whole[3]
        whole = None
        if word == "(":
            calls.append(before.split("::")[-1])
            logs = logs or bool(LOGS.match(before))
        elif word == ")" and calls:
            calls.pop()
        elif word in ";{}":
            logs = False
        before = word


def faults_of_words(root, source):
    wordless = source.startswith(tuple(folder + "/" for folder in WORDLESS))
    if not source.endswith((".cpp", ".h")) or not (wordless or source.startswith(tuple(f + "/" for f in WORDS))):
        return
    with open(os.path.join(root, source), encoding="utf-8") as file:
        code = file.read()
    for line, text, call, logs in sentences(code):
        if logs:
            continue
        if wordless:
            yield f"{source}:{line}: a sentence where codes and data are said: {text!r}"
        elif call not in TRANSLATIONS:
            yield f"{source}:{line}: a sentence that is not translated: {text!r}"


def faults_of_richness(root, source):
    """Text of others is plain text (THREATS.md 16): labels and message boxes guess, where nobody tells them."""
    if not source.startswith("client/") or not source.endswith(".cpp"):
        return
    with open(os.path.join(root, source), encoding="utf-8") as file:
        code = file.read()
    if "new QLabel" in code and "setTextFormat(Qt::PlainText)" not in code:
        yield f"{source}: a label that may take a text for HTML; see plainLabel()"
    if source != QUESTION and (found := MESSAGE_BOX.search(code)):
        yield f"{source}: {found.group()} may take a text for HTML; see plainQuestion()"


def circle(arrows):
    """One circle of folders, as a list; [] where there is none."""
    done, path = set(), []

    def visit(folder):
        if folder in path:
            return path[path.index(folder):] + [folder]
        if folder in done:
            return []
        path.append(folder)
        for after in sorted(arrows.get(folder, ())):
            if found := visit(after):
                return found
        path.pop()
        done.add(folder)
        return []

    for folder in sorted(arrows):
        if found := visit(folder):
            return found
    return []


def check(root):
    rules = Rules(os.path.join(root, "tests", "includes.txt"))
    faults = rules.faults
    arrows, folders = {}, set()
    sources = list(every_source(root))
    for source in sources:
        if not source.startswith(AREAS) or not source.endswith((".cpp", ".h")):
            continue
        folder = os.path.dirname(source)
        folders.add(folder)
        with open(os.path.join(root, source), encoding="utf-8") as file:
            headers = INCLUDE.findall(file.read())
        for header in headers:
            if not os.path.exists(os.path.join(root, header)):
                faults.append(f"{source}: there is no {header}; headers are named from the top of the tree")
            elif not rules.allows(folder, header):
                faults.append(f"{source}: {folder} may not include {header}")
            elif (whose := os.path.dirname(header)) != folder and header not in rules.may[folder] \
                    and frozenset((folder, whose)) not in rules.layers:
                arrows.setdefault(folder, set()).add(whose)
    faults += [f"{folder}: has no line in tests/includes.txt" for folder in sorted(folders - rules.may.keys())]
    faults += [f"includes.txt: there are no sources in {folder}" for folder in sorted(rules.may.keys() - folders)]
    faults += [f"{folder}: has no README.md" for folder in sorted(folders)
               if not os.path.exists(os.path.join(root, folder, "README.md"))]
    for source in sources:
        faults += faults_of_one(root, source)
        faults += faults_of_words(root, source)
        faults += faults_of_richness(root, source)
    if found := circle(arrows):
        faults.append("a circle: " + " → ".join(found))
    return faults


def selftest():
    good = {
        "tests/includes.txt": "common:\nserver: common server/net\nserver/net: common\n",
        "common/README.md": "", "server/README.md": "", "server/net/README.md": "",
        "common/ids.h": f"// {LICENCE}\n#include <array>\n",
        "server/net/server.h": f'// {LICENCE}\n#include "common/ids.h"\n',
        "server/main.cpp": f'// {LICENCE}\n#include "server/net/server.h"\n',
        "tests/run.sh": f"#!/bin/sh\n# {LICENCE}\n",
    }
    for folder in ("client/session", "client/views"):
        good["tests/includes.txt"] += f"{folder}:\n"
        good[f"{folder}/README.md"] = ""
    good["client/session/session.cpp"] = (
        f'// {LICENCE}\nauto a = run("SELECT id FROM rooms.");\n'
        'void f() { qCWarning(log, "It cannot be %s.", "Read on"); } // "It is not."\n')
    good["client/views/page.cpp"] = f'// {LICENCE}\nauto a = tr("It is "\n "so.").arg("one two");\n'
    good["client/logins/README.md"] = ""
    good["client/logins/loginfile.cpp"] = f'// {LICENCE}\nauto a = "# This file is Rookery\'s.\\n";\n'
    good["tests/includes.txt"] += "client/logins:\n"
    bad = {
        "a log-in's sentence": {"client/logins/loginfile.cpp": f'// {LICENCE}\nauto a = "It cannot be read.";\n'},
        "upward": {"common/ids.h": f'// {LICENCE}\n#include "server/net/server.h"\n'},
        "no header": {"server/main.cpp": f'// {LICENCE}\n#include "server.h"\n'},
        "no line": {"server/store/store.h": f"// {LICENCE}\n", "server/store/README.md": ""},
        "no licence": {"tests/run.sh": "#!/bin/sh\n"},
        "too long": {"common/ids.h": f"// {LICENCE}\n" + "\n" * LONGEST},
        "no folder": {"tests/includes.txt": good["tests/includes.txt"] + "client:\n"},
        "no README": {"server/net/README.md": None},
        "a sentence": {"client/session/session.cpp": f'// {LICENCE}\nauto a = QStringLiteral("It is not " "so");\n'},
        "a sentence's end": {"client/session/session.cpp": f'// {LICENCE}\nauto a = "%1 is not so."_s;\n'},
        "not translated": {"client/views/page.cpp": f'// {LICENCE}\nauto a = tr(u"Not here"_s) + "Not so";\n'},
        "a message box": {"client/views/page.cpp": f"// {LICENCE}\nauto a = new QMessageBox(this);\n"},
        "a box at once": {"client/views/page.cpp": f"// {LICENCE}\nvoid f() {{ QMessageBox::warning(a, b, c); }}\n"},
        "a label": {"client/views/page.cpp": f"// {LICENCE}\nauto a = new QLabel(this);\n"},
        "twice": {"tests/includes.txt": good["tests/includes.txt"] + "common:\n"},
        "a circle": {"tests/includes.txt": good["tests/includes.txt"].replace("net: common", "net: common server"),
                     "server/log.h": f"// {LICENCE}\n",
                     "server/net/server.h": f'// {LICENCE}\n#include "server/log.h"\n'},
    }
    for name, changes in {"good": {}, **bad}.items():
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**good, **changes}.items():
                if text is None:
                    continue
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            if bool(check(root)) == (name == "good"):
                return [f"selftest: {name}: {check(root) or 'nothing was found'}"]
    return []


def main():
    if sys.argv[1:] == ["--selftest"]:
        faults = selftest()
    else:
        faults = check(sys.argv[1] if sys.argv[1:] else os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


main()
