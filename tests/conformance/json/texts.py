# SPDX-License-Identifier: GPL-3.0-or-later
"""Text with a meaning to something on its way: a shell, a database, a printf, a template, a page, a terminal."""

TEXTS = [
    # SQL
    "'; DROP TABLE users; --", '" OR ""="', "' OR 1=1 --", "Robert'); DELETE FROM events;--", "\\' OR 1=1#", "x' UNION SELECT 1--",
    "?1 :name @name $1 $$", "x'00'", "%", "_", "100% _sure_", "NEAR(\"a\" \"b\", 2) OR a* ^b", "NULL;", "/* */ --", "`events`", "[events]",
    # Shell
    "$(touch /tmp/rookery-was-here)", "`id`", "; reboot", "| cat /etc/passwd", "&& echo", "> /dev/null < /dev/zero", "$HOME ${PATH}",
    "* ? [a-z] {a,b}", "~root", "!!", "\\", "\\\\", "a\\", "'", '"', "''", '""', "-rf", "--help",
    # Formats and templates; Qt's own among them
    "%s%s%s%n%x", "%1 %2 %L1 %99", "%1$s", "{0} {} {name}", "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "%%", "%", "$&$1\\1",
    # JSON, HTTP, logs
    '{"type":"going_away"}', '","type":"error","x":"', "a\r\nSet-Cookie: a=b", "a\nb\rc\td", "2026-11-21T00:00:00.000 error fake", "\\u0041\\n",
    # Pages and Markdown
    "<script>alert(1)</script>", "<img src=file:///etc/passwd>", "&lt;b&gt; &amp; &#39; &quot;", "[a](javascript:alert(1))", "<!-- --> ]]>",
    "**b** _i_ `c` ~~s~~ # > - 1.", "\"onmouseover=\"alert(1)",
    # Paths
    "../../etc/passwd", "..\\..\\boot.ini", "file:///etc/passwd", "C:\\CON", "%2e%2e%2f", "%00",
    # Words and numbers of other languages
    "null", "undefined", "true", "NaN", "0", "-0", "1e400", "0x10", "__proto__", "constructor",
    # Unicode
    "\u202etxt.exe\u202c", "a\u200bb\u200dc\u2060d", "\ufeffa\ufeff", "a\u2028b\u2029c", "e\u0301 \u00e9", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\ufffe\uffff",
    "\ufffd", "\U0010ffff", "a\u0001\u0007\u0008\u001b[31mred\u001b[0m\u007f", "\u0085\u00a0a\u00a0", "İıſK", "ﷺ", "Z\u0351\u036b\u0343a\u0324l\u0349go", "  a  ", "\ta\n",
    "\U0001f426" * 4000, "'" * 4000,
]
