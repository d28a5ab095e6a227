#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that the SQL in server/store/queries is written in the part that SQLite and PostgreSQL have in common: it
is written once for both (server/store/queries/README.md).

Usage: portablesql.py [FOLDER]; without FOLDER that of the tree this file is in. Exit status 0: no errors; 1: errors,
printed one per line. portablesql.py --print prints the statements, one per line. portablesql.py --selftest checks one
statement with each construct, which must be refused."""
import glob
import os
import re
import sys
import tempfile

STATEMENT = re.compile(r"(SELECT|INSERT|REPLACE|UPDATE|DELETE|WITH|PRAGMA|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|CREATE|DROP|ALTER)\b")
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?s:.*?)\)"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|\w+|[^\s\w]', re.DOTALL)
DEFINE = re.compile(r"^#define[ \t]+(\w+)(\([\w, ]*\))?((?:[^\n\\]|\\\n|\\.)*)", re.MULTILINE)

# What is understood by one of the two only, or differently: a pattern, and what to write instead.
FORBIDDEN = [
    (r'(?<![.\w"])user(?![\w"])', "user is reserved in PostgreSQL: write table.user, or \"user\" in a list of columns"),
    (r'"(?!user")\w+"', "only \"user\" is quoted"),
    (r"\b(instr|strpos|position)\s*\(", "replace(text, part, '') <> text"),
    (r"\b(max|min)\s*\((?:[^(),]|\([^()]*\))*,", "max and min of one column, or CASE"),
    (r"\b(greatest|least|ifnull|iif|nvl|decode|total|group_concat|string_agg|array_agg)\s*\(", "coalesce, CASE"),
    (r"\b(random|randomblob|hex|unhex|quote|printf|format|typeof|char|unicode|soundex|changes|total_changes)\s*\(", "C++"),
    (r"\b(date|time|datetime|julianday|strftime|unixepoch|now|extract|age|to_timestamp)\s*\(", "a parameter"),
    (r"\bcurrent_(date|time|timestamp|user)\b", "a parameter"),
    (r"\bjson\w*\s*\(|->", "C++"),
    (r"\b(rowid|_rowid_|oid|ctid)\b", "the primary key"),
    (r"\b(last_insert_rowid|currval|lastval|nextval)\b", "RETURNING"),
    (r"\b(insert|update)\s+or\b|\breplace\s+into\b", "ON CONFLICT"),
    (r"\b(not\s+)?i?like\b|\b(glob|regexp|match|similar)\b", "compares case in one database only: replace()"),
    (r"\bcollate\b", "the schema's collation"),
    (r"\?|(?<![:\w]):\w|@\w", "parameters are $1, $2 …"),
    (r"::", "CAST(… AS …)"),
    (r"\bas\s+(bytea|uuid|int|integer|real|number)\b(?=\s*\))", "CAST only AS TEXT, AS BIGINT, or a text AS BLOB"),
    (r"\bx'", "a parameter"),
    (r"\b(pragma|sqlite_\w+|pg_\w+|explain|vacuum|analyze|attach)\b", "server/store/sqlite"),
    (r"\b(begin|commit|rollback|savepoint|release|create|drop|alter)\b", "transactions and the schema are the database's"),
    (r"\bindexed\s+by\b", "/*sqlite INDEXED BY …*/"),
    (r"\bfor\s+(no\s+key\s+)?(update|share)\b|\bskip\s+locked\b|\bdistinct\s+on\b", "nothing"),
    (r"\b(isnull|notnull)\b|==|&&", "IS NULL, IS NOT NULL, =, AND"),
    (r"\bis\s+(not\s+)?(?!null\b|not\b)\S", "IS NULL and IS NOT NULL only"),
    (r"\b(true|false|boolean)\b", "0 and 1"),
    (r"\bcross\s+join\s+\w+(\s+\w+)?\s+(on|using)\b", "CROSS JOIN … WHERE"),
    (r"\b(natural|full|right)\s+(outer\s+)?join\b", "JOIN … ON"),
    (r"\blimit\s+[\w$]+\s*,", "LIMIT … OFFSET …"),
    (r"[`\[\]]", "names as they are"),
]


def literal(token):
    if token.startswith("R"):
        return token[3:-2]
    return token[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def tokens_of(text):
    return [t for t in TOKEN.findall(text) if not t.startswith(("//", "/*"))]


def joined(tokens, macros):
    """The texts that adjacent literals and macros of literals make."""
    texts, now, at = [], None, 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        piece = None
        if token.startswith(('"', 'R"')):
            piece = literal(token)
        elif token in macros:
            names, body = macros[token]
            if names:
                depth, given = 0, [[]]
                while at < len(tokens):
                    part = tokens[at]
                    at += 1
                    depth += {"(": 1, ")": -1}.get(part, 0)
                    if depth == 0:
                        break
                    if part == "," and depth == 1:
                        given.append([])
                    elif not (part == "(" and depth == 1):
                        given[-1].append(part)
                values = dict(zip(names, given))
                body = [t for part in body for t in values.get(part, [part])]
            made = joined(body, macros)
            piece = made[0] if len(made) == 1 else None
        if piece is not None:
            now = (now or "") + piece
        elif now is not None:
            texts.append(now)
            now = None
    return texts + ([now] if now is not None else [])


def statements(folder):
    """(file, statement) of each in the folder."""
    sources = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.h")) + glob.glob(os.path.join(folder, "*.cpp"))):
        with open(path, encoding="utf-8") as file:
            sources[os.path.basename(path)] = file.read()
    macros = {}
    for text in sources.values():
        for name, names, body in DEFINE.findall(text):
            macros[name] = (re.findall(r"\w+", names), tokens_of(body.replace("\\\n", "\n")))
    for source, text in sources.items():
        code = DEFINE.sub("", text)
        code = re.sub(r"^#.*$", "", code, flags=re.MULTILINE)
        for sql in joined(tokens_of(code), macros):
            if STATEMENT.match(sql):
                yield source, sql


def has_nameless_query(sql):
    """FROM (SELECT …) without a name after it, which PostgreSQL 15 refuses."""
    for found in re.finditer(r"\b(from|join)\s*\(", sql, re.IGNORECASE):
        depth, at = 1, found.end()
        while depth and at < len(sql):
            depth += {"(": 1, ")": -1}.get(sql[at], 0)
            at += 1
        if not re.match(r"\s*AS\s+\w", sql[at:], re.IGNORECASE):
            return True
    return False


def faults_of(sql):
    bare = re.sub(r"/\*sqlite .*?\*/", "", sql)
    bare = re.sub(r"(?<!x)'(?:[^']|'')*'", "''", bare)
    for pattern, instead in FORBIDDEN:
        if found := re.search(pattern, bare, re.IGNORECASE):
            yield f"'{found.group(0).strip()}': {instead}"
    if has_nameless_query(bare):
        yield "a query in FROM without a name: FROM (…) AS name"
    highest = 0
    for number in map(int, re.findall(r"\$(\d+)", bare)):
        if number > highest + 1:
            yield f"${number} before ${highest + 1}: parameters are named in order"
        highest = max(highest, number)


def check(folder):
    faults, count = [], {}
    for source, sql in statements(folder):
        count[source] = count.get(source, 0) + 1
        faults += [f"{source}: {fault}\n    {sql}" for fault in faults_of(sql)]
    for path in sorted(glob.glob(os.path.join(folder, "*.cpp"))):
        with open(path, encoding="utf-8") as file:
            source, text = os.path.basename(path), file.read()
        if re.search(r"\bstatement\(", text) and not count.get(source):
            faults.append(f"{source}: has statements, and none is found")
        if found := re.search(r"\b(execute|value)\(QString|\bQSql\w*", text):
            faults.append(f"{source}: {found.group(0)}: queries run prepared statements of the interface")
    return faults


def selftest():
    good = [
        "SELECT m.user FROM members m WHERE m.room = $1 AND m.user = $2",
        'INSERT INTO members (room, "user") VALUES ($1, $2) ON CONFLICT DO NOTHING',
        "SELECT max(seq) FROM events WHERE room = $1 AND at IS NOT NULL LIMIT $2 OFFSET $3",
        "SELECT count(*) FROM (SELECT 1 FROM members LIMIT $1) AS bounded",
        "SELECT u.id FROM users u CROSS JOIN members m WHERE m.user = u.id AND u.name = CAST($1 AS TEXT)",
        "SELECT CAST(text AS BLOB) FROM events /*sqlite INDEXED BY events_deletions*/ WHERE room = $1",
        "UPDATE users SET skeleton = 'user?', name = replace(name, CAST($1 AS TEXT), '')",
    ]
    bad = [
        "DELETE FROM members WHERE user = $1", 'SELECT "name" FROM users', "SELECT instr(name, 'a') FROM users",
        "SELECT max(r.last_seq, coalesce(r.a, 0)) FROM rooms r", "SELECT greatest(a, b) FROM rooms",
        "SELECT hex(public_id) FROM users", "SELECT strftime('%s') AS s", "SELECT current_timestamp",
        "SELECT json_extract(body, '$.a') FROM events", "SELECT rowid FROM users", "SELECT last_insert_rowid()",
        "INSERT OR IGNORE INTO meta (key) VALUES ($1)", "SELECT 1 FROM users WHERE name LIKE $1",
        "SELECT 1 FROM users ORDER BY name COLLATE NOCASE", "SELECT 1 FROM users WHERE id = ?",
        "SELECT 1 FROM users WHERE id = :id", "SELECT $1::text", "SELECT CAST(text AS bytea) FROM events",
        "SELECT 1 FROM users WHERE public_id = x'01'", "PRAGMA data_version", "BEGIN IMMEDIATE",
        "SELECT 1 FROM users FOR UPDATE", "SELECT 1 FROM users INDEXED BY a", "SELECT 1 FROM users WHERE id == $1", "SELECT 1 FROM rooms WHERE name IS NOT 'a'",
        "SELECT 1 FROM rooms WHERE guest = TRUE", "SELECT 1 FROM a CROSS JOIN users u ON u.id = a.id",
        "SELECT 1 FROM a NATURAL JOIN b", "SELECT 1 FROM a LIMIT 1, 2", "SELECT [name] FROM users",
        "SELECT count(*) FROM (SELECT 1 FROM users)", "SELECT $2, $1",
    ]
    wrong = [sql for sql in good if list(faults_of(sql))] + [sql for sql in bad if not list(faults_of(sql))]
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "a.h"), "w", encoding="utf-8") as file:
            file.write('#define LAST(of) \\\n    "max(" of ", 0)"\n#define COLUMNS "a, " LAST("b")\n')
        with open(os.path.join(folder, "a.cpp"), "w", encoding="utf-8") as file:
            file.write('auto a = statement("SELECT " COLUMNS /* all */ " FROM c");\n'
                       'auto b = x ? "SELECT 1" " FROM d" : R"(DELETE FROM "e")";\n')
        found = [sql for _, sql in statements(folder)]
        if found != ["SELECT a, max(b, 0) FROM c", "SELECT 1 FROM d", 'DELETE FROM "e"'] or len(check(folder)) != 2:
            wrong.append(f"reads {found}")
        with open(os.path.join(folder, "b.cpp"), "w", encoding="utf-8") as file:
            file.write("auto a = statement(sql);\n")
        if len(check(folder)) != 3:
            wrong.append("a file whose statements are not found")
    print("\n".join(f"wrongly judged: {sql}" for sql in wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = os.path.join(here, "..", "..", "..", "server", "store", "queries")
    arguments = sys.argv[1:]
    if arguments == ["--selftest"]:
        return selftest()
    if arguments == ["--print"]:
        for _, sql in statements(folder):
            print(sql)
        return 0
    faults = check(arguments[0] if arguments else folder)
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
