// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/markdown/linkpolicy.h"
#include "common/markdown/markdown.h"

#include <QtTest>

#include <algorithm>
#include <ctime>

using namespace rookery;
using namespace Qt::StringLiterals;

namespace {

/// One line per block: what it is, then its text with the styles in braces.
QString dump(const QList<markdown::Block> &blocks)
{
    QStringList lines;
    for (const markdown::Block &block : blocks) {
        QString line(block.quoteDepth, u'>');
        line += block.kind == markdown::Block::CodeBlock ? u"code "_s
            : block.kind == markdown::Block::ListItem
            ? u"%1%2 "_s.arg(QString(block.indent, u' '), block.marker)
            : u"p "_s;
        qsizetype at = 0;
        for (const markdown::Span &span : block.spans) {
            line += block.text.mid(at, span.start - at);
            QString styles;
            if (span.styles & markdown::Bold)
                styles += u'b';
            if (span.styles & markdown::Italic)
                styles += u'i';
            if (span.styles & markdown::Struck)
                styles += u's';
            if (span.styles & markdown::Code)
                styles += u'c';
            line += u"{%1%2|%3}"_s.arg(styles,
                span.link >= 0 ? u"@"_s + block.links.at(span.link).url.toString() : QString(),
                block.text.mid(span.start, span.length));
            at = span.start + span.length;
        }
        lines += line + block.text.mid(at);
    }
    return lines.join(u" / "_s).replace(u'\n', u'~');
}

} // namespace

class MarkdownTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reads_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *name, const QString &text, const QString &expected) {
            QTest::newRow(name) << text << expected;
        };
        row("empty", u""_s, u"p "_s);
        row("plain", u"hello world"_s, u"p hello world"_s);
        row("lines stay", u"one\ntwo\r\nthree\rfour"_s, u"p one~two~three~four"_s);
        row("paragraphs", u"one\n\n\ntwo"_s, u"p one / p two"_s);
        row("bold", u"a **b** __c__"_s, u"p a {b|b} {b|c}"_s);
        row("italic", u"*a* _b_"_s, u"p {i|a} {i|b}"_s);
        row("both", u"***a***"_s, u"p {bi|a}"_s);
        row("nested", u"**a *b* c**"_s, u"p {b|a }{bi|b}{b| c}"_s);
        row("struck", u"~~gone~~ ~not~"_s, u"p {s|gone} ~not~"_s);
        row("snake case", u"a snake_case_name"_s, u"p a snake_case_name"_s);
        row("sums", u"2 * 3 * 4 and a*b"_s, u"p 2 * 3 * 4 and a*b"_s);
        row("unclosed", u"**a *b"_s, u"p **a *b"_s);
        row("crossed", u"**a *b** c*"_s, u"p {i|a b c}"_s);
        row("empty bold", u"**** ____"_s, u"p **** ____"_s);
        row("escaped", u"\\*a\\* \\\\ \\a"_s, u"p *a* \\ \\a"_s);
        row("code", u"`a*b*`"_s, u"p {c|a*b*}"_s);
        row("code with backticks", u"`` a`b ``"_s, u"p {c|a`b}"_s);
        row("code unclosed", u"`a *b*"_s, u"p `a {i|b}"_s);
        row("fence", u"before\n```cpp\nint **a**;\n\n  b\n```\nafter"_s,
            u"p before / code int **a**;~~  b / p after"_s);
        row("fence unclosed", u"```\na"_s, u"code a"_s);
        row("fence empty", u"```\n```"_s, u"code "_s);
        // What stood behind an opening fence was never seen by anybody.
        row("fence with a sentence", u"```what I say\nb"_s, u"code what I say~b"_s);
        row("fence with marks", u"``` a \\* & <b> #\nb"_s, u"code a \\* & <b> #~b"_s);
        row("fence with nothing behind it", u"a\n```hello"_s, u"p a / code hello"_s);
        row("fence with a language", u"``` C++\na\n```"_s, u"code a"_s);
        row("quote", u"> a\n> b\nc"_s, u">p a~b / p c"_s);
        row("quote in quote", u"> > a"_s, u">>p a"_s);
        row("quote depth is bounded", u">>>>>>a"_s, u">>>>p >>a"_s);
        row("list", u"- a\n* **b**\n+ c"_s, u"\u2022 a / \u2022 {b|b} / \u2022 c"_s);
        row("numbers", u"1. a\n2) b\n10. c"_s, u"1. a / 2) b / 10. c"_s);
        row("nested list", u"- a\n  - b\n      - c"_s, u"\u2022 a /  \u2022 b /   \u2022 c"_s);
        row("list goes on", u"- a\n  b"_s, u"\u2022 a~b"_s);
        row("not a list", u"-a 1.5 -"_s, u"p -a 1.5 -"_s);
        row("year is no list", u"2026.\nx"_s, u"p 2026.~x"_s);
        row("list in quote", u"> - a"_s, u">\u2022 a"_s);
        row("numbers as typed", u"5. a\n9. b"_s, u"5. a / 9. b"_s);
        row("code in a list", u"3. ```sh\n   ls\n   ```\n7. b"_s, u"3.  / code ls / 7. b"_s);
        row("one item in a line", u"1. - a\n- > b\n- - -"_s, u"1. - a / \u2022 > b / \u2022 - -"_s);
        row("answer below an item", u"- a\nb"_s, u"\u2022 a / p b"_s);
        row("answer below a quote", u"> *a\nb*\n> c"_s, u">p {i|a} / p {i|b} / >p c"_s);
        row("indentation stays", u"  a\n    b\n>   c"_s, u"p   a~    b / >p   c"_s);
        row("heading stays", u"# a"_s, u"p # a"_s);
        row("underlines stay", u"a\n===\nb\n---"_s, u"p a~===~b~---"_s);
        row("rules stay", u"---\n***\n> _ _ _"_s, u"p ---~*** / >p _ _ _"_s);
        row("empty items stay", u"-\n1.\n+"_s, u"p -~1.~+"_s);
        row("tables stay", u"|a|\n|-|\n|b|"_s, u"p |a|~|-|~|b|"_s);
        row("references stay", u"[a]: b\n[a] [c][a]"_s, u"p [a]: b~[a] [c][a]"_s);
        row("other fences stay", u"~~~\n*a*\n~~~"_s, u"p ~~~~{i|a}~~~~"_s);
        row("styles and links end with their line", u"a\n`b`\n[c](https://c.example)\n*d\ne*"_s,
            u"p a~{c|b}~{@https://c.example|c}~{i|d~e}"_s);
        row("link", u"see [the *docs*](https://a.example/x)"_s,
            u"p see {@https://a.example/x|the }{i@https://a.example/x|docs}"_s);
        row("link with brackets", u"[a](https://e.example/w_(x))"_s, u"p {@https://e.example/w_(x)|a}"_s);
        row("bare", u"at https://a.example/b?c=d, and"_s,
            u"p at {@https://a.example/b?c=d|https://a.example/b?c=d}, and"_s);
        row("bare in brackets", u"(http://a.example/b)."_s,
            u"p ({@http://a.example/b|http://a.example/b})."_s);
        row("bare with underscores", u"https://a.example/_b_c_"_s,
            u"p {@https://a.example/_b_c|https://a.example/_b_c}_"_s);
        row("bare bold", u"**https://a.example/**"_s, u"p {b@https://a.example/|https://a.example/}"_s);
        row("in angles", u"<https://a.example>"_s, u"p {@https://a.example|https://a.example}"_s);
        row("mail", u"<mailto:a@b.example>"_s, u"p {@mailto:a@b.example|mailto:a@b.example}"_s);
        row("not in a word", u"xhttp://a.example"_s, u"p xhttp://a.example"_s);
        row("link unclosed", u"[a](https://a.example"_s, u"p [a]({@https://a.example|https://a.example}"_s);
        row("link empty", u"[](https://a.example)"_s, u"p []({@https://a.example|https://a.example})"_s);
        row("brackets", u"[a] [b][c] a[0](1)"_s, u"p [a] [b][c] a[0](1)"_s);
        row("no link in a link", u"[a [b](http://x.example) c](http://y.example)"_s,
            u"p [a {@http://x.example|b} c]({@http://y.example|http://y.example})"_s);
        row("right to left", u"**שלום** עולם"_s, u"p {b|שלום} עולם"_s);
        row("astral", u"**\U0001F600**"_s, u"p {b|\U0001F600}"_s);
    }

    void reads()
    {
        QFETCH(QString, text);
        QFETCH(QString, expected);
        QCOMPARE(dump(markdown::parse(text)), expected);
    }

    /// THREATS row 16: text from others never opens a file and is never markup of another kind.
    void staysLiteral_data()
    {
        QTest::addColumn<QString>("text");
        for (const QString &text : {u"<img src=file:///etc/passwd>"_s, u"<b>bold</b>"_s,
                 u"<script>alert(1)</script>"_s, u"<a href=\"file:///a\">x</a>"_s, u"&lt;b&gt; &amp;"_s,
                 u"[x](javascript:alert(1))"_s, u"[x](file:///etc/passwd)"_s, u"[x](smb://host/share)"_s,
                 u"[x](data:text/html,hello)"_s, u"[x](FILE:///etc/passwd)"_s, u"[x](//host/path)"_s,
                 u"[x](/etc/passwd)"_s, u"[x](#a)"_s, u"[x](\\\\host\\share)"_s, u"file:///etc/passwd"_s,
                 u"<file:///etc/passwd>"_s, u"<javascript:alert(1)>"_s, u"smb://host/share"_s,
                 u"[x](vbscript:x)"_s, u"[x](https:)"_s, u"[x](https:///path)"_s, u"[x](mailto:)"_s,
                 u"http://"_s, u"https:"_s, u"[x](java\u200bscript:1)"_s})
            QTest::newRow(qUtf8Printable(text)) << text;
    }

    void staysLiteral()
    {
        QFETCH(QString, text);
        const QList<markdown::Block> blocks = markdown::parse(text);
        QCOMPARE(blocks.size(), 1);
        // Backslashes before punctuation are the one thing that is not shown as typed.
        QCOMPARE(blocks.first().text, QString(text).replace(u"\\\\"_s, u"\\"_s));
        QVERIFY(blocks.first().links.isEmpty());
    }

    void imagesAreText()
    {
        QCOMPARE(dump(markdown::parse(u"![a](https://a.example/x.png)"_s)),
            u"p ![a]({@https://a.example/x.png|https://a.example/x.png})"_s);
        QCOMPARE(dump(markdown::parse(u"![a](file:///x.png)"_s)), u"p ![a](file:///x.png)"_s);
    }

    /// What is seen as an address is what is opened: such a text is never another link's.
    void addressIsNotDisguised()
    {
        QCOMPARE(dump(markdown::parse(u"[https://bank.example](https://evil.example)"_s)),
            u"p [{@https://bank.example|https://bank.example}]({@https://evil.example|https://evil.example})"_s);
        // A bracket in code hides the outer one from the search for addresses, but not the address from the link.
        QCOMPARE(dump(markdown::parse(u"[https://bank.example `[`](https://evil.example)"_s)),
            u"p {@https://bank.example|https://bank.example}{@https://evil.example| }{c@https://evil.example|[}"_s);
    }

    void oddCharacters()
    {
        QString text = u"a\u0000b\u0007c\tend\ufffc\u2028x\u2029y"_s;
        text.insert(1, QChar(0));
        const QString seen = markdown::visibleText(markdown::parse(text));
        for (const QChar c : seen)
            QVERIFY(c == u'\n' || (c.category() != QChar::Other_Control && c.unicode() != 0xfffc));
        QVERIFY(seen.contains(u"\nx\ny"_s));
        // A lone surrogate is kept apart from its neighbours and does no harm.
        const QString lone = QString(QChar(0xd83d)) + u"*a*"_s;
        QCOMPARE(markdown::parse(lone).first().spans.size(), 1);
        QCOMPARE(markdown::visibleText(markdown::parse(lone + u"\n---\n&lt;"_s)).size(), 11);
    }

    void visibleTextHasMarkers()
    {
        QCOMPARE(markdown::visibleText(markdown::parse(u"a\n\n- **b**\n- c\n\n> d"_s)),
            u"a\n\u2022 b\n\u2022 c\nd"_s);
    }

    void isBounded()
    {
        const QString items = u"- a\n"_s.repeated(2000);
        const auto blocks = markdown::parse(items);
        QVERIFY(blocks.size() <= markdown::maxBlocks);
        QVERIFY(markdown::visibleText(blocks).size() > 4000); // nothing is lost by the bound
        const QString endless(1'000'000, u'x');
        const QString seen = markdown::visibleText(markdown::parse(endless));
        QCOMPARE(seen.size(), markdown::maxLength + 1);
        QVERIFY(seen.endsWith(QChar(0x2026)));
        QString astral;
        for (int i = 0; i < 9000; ++i)
            astral += u"x\U0001F600"_s.sliced(i == 0 ? 0 : 1); // the cut would fall into a pair
        QVERIFY(markdown::visibleText(markdown::parse(astral)).isValidUtf16());
    }

    void isLinear_data()
    {
        QTest::addColumn<QString>("unit");
        for (const QString &unit : {u"*"_s, u"**"_s, u"* "_s, u"*a "_s, u"a* "_s, u"_a"_s, u"~~a"_s, u"["_s,
                 u"]("_s, u"[]("_s, u"[a]("_s, u"[a](b"_s, u"`"_s, u"`a``b"_s, u"<"_s, u"<h"_s, u"http://"_s,
                 u"http://a"_s, u"http://a("_s, u"\\"_s, u">"_s, u"> "_s, u"- "_s, u"- a\n"_s, u"```\n"_s,
                 u"***a"_s, u"**a*b"_s, u"[*a"_s, u"[**](x"_s, u"*_~~["_s, u"\n"_s, u"> a\n\n"_s,
                 u"mailto:"_s, u"]](("_s, u"&"_s, u"- - "_s, u"- ---"_s, u"1. "_s, u"> - a\n"_s, u"[a]:"_s,
                 u"[a\n"_s, u"`](x)\n"_s, u"`a\n"_s, u"[a](https://a.b)"_s, u"*a **b "_s, u"http://a "_s})
            QTest::newRow(qUtf8Printable(unit)) << unit;
    }

    void isLinear()
    {
        QFETCH(QString, unit);
        // The processor's time, since md4c does not count its steps: at most 4 ms on a slow machine, while a quadratic
        // search through as much text would take more than is allowed here.
        constexpr qsizetype size = 16'000;
        const QString text = unit.repeated(size / unit.size() + 1).left(size);
        const auto now = [] {
            timespec time{};
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
            return double(time.tv_sec) * 1000 + double(time.tv_nsec) / 1e6;
        };
        double best = 1e9;
        for (int i = 0; i < 3 && best > 100; ++i) {
            const double start = now();
            markdown::parse(text);
            best = std::min(best, now() - start);
        }
        QVERIFY2(best < 100, qPrintable(QString::number(best)));
    }

    void linkPolicy_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<QString>("visible");
        QTest::addColumn<int>("action");
        const auto row = [](const char *name, const QString &address, const QString &visible,
                             LinkAction action) { QTest::newRow(name) << address << visible << int(action); };
        row("as shown", u"https://a.example/b"_s, u"https://a.example/b"_s, LinkAction::Open);
        row("without scheme", u"https://a.example/b"_s, u"a.example/b"_s, LinkAction::Open);
        row("with a slash more", u"https://a.example/"_s, u"https://a.example"_s, LinkAction::Open);
        row("path in Unicode", u"https://a.example/\u00fc"_s, u"https://a.example/\u00fc"_s,
            LinkAction::Open);
        row("port", u"http://a.example:8080/"_s, u"http://a.example:8080/"_s, LinkAction::Open);
        row("other text", u"https://a.example/"_s, u"click"_s, LinkAction::Ask);
        row("another host", u"https://evil.example/"_s, u"https://bank.example/"_s, LinkAction::Ask);
        row("another scheme", u"http://a.example/"_s, u"https://a.example/"_s, LinkAction::Ask);
        row("punycode", u"https://xn--80ak6aa92e.com/"_s, u"https://xn--80ak6aa92e.com/"_s, LinkAction::Ask);
        row("international", u"https://\u0430\u0440\u0440\u04cf\u0435.com/"_s,
            u"https://\u0430\u0440\u0440\u04cf\u0435.com/"_s, LinkAction::Ask);
        row("user", u"https://bank.example@evil.example/"_s, u"https://bank.example@evil.example/"_s,
            LinkAction::Ask);
        row("user and password", u"https://a:b@evil.example/"_s, u"https://a:b@evil.example/"_s,
            LinkAction::Ask);
        row("empty user", u"https://@evil.example/"_s, u"https://@evil.example/"_s, LinkAction::Ask);
        row("IPv4", u"http://192.168.0.1/"_s, u"http://192.168.0.1/"_s, LinkAction::Ask);
        row("IPv4 as one number", u"http://2130706433/"_s, u"http://2130706433/"_s, LinkAction::Ask);
        row("IPv4 in hex", u"http://0x7f000001/"_s, u"http://0x7f000001/"_s, LinkAction::Ask);
        row("IPv6", u"http://[::1]/"_s, u"http://[::1]/"_s, LinkAction::Ask);
        row("mail", u"mailto:a@b.example?attach=/etc/passwd"_s, u"mail"_s, LinkAction::CopyAddress);
        row("file", u"file:///etc/passwd"_s, u"file:///etc/passwd"_s, LinkAction::Refuse);
        row("script", u"javascript:alert(1)"_s, u"x"_s, LinkAction::Refuse);
        row("no host", u"https:///x"_s, u"x"_s, LinkAction::Refuse);
        row("relative", u"x/y"_s, u"x"_s, LinkAction::Refuse);
        row("share", u"smb://h/x"_s, u"x"_s, LinkAction::Refuse);
        row("hidden letters", u"https://a.example/\u202egpj.exe"_s, u"x"_s, LinkAction::Refuse);
    }

    void linkPolicy()
    {
        QFETCH(QString, address);
        QFETCH(QString, visible);
        QFETCH(int, action);
        const LinkVerdict verdict = judgeLink(QUrl(address), visible);
        if (address.contains(QChar(0x202e))) { // refused where the text is read
            QVERIFY(!linkUrl(address).isValid());
            return;
        }
        QCOMPARE(int(verdict.action), action);
        if (verdict.action == LinkAction::Ask)
            QVERIFY(!verdict.reason.isEmpty());
        if (verdict.action == LinkAction::CopyAddress)
            QCOMPARE(verdict.target, u"a@b.example"_s);
        if (verdict.action == LinkAction::Open || verdict.action == LinkAction::Ask) {
            for (const QChar c : verdict.target) // nothing in it can look like something else
                QVERIFY(c.unicode() < 128);
        }
    }
};

QTEST_GUILESS_MAIN(MarkdownTest)
#include "tst_markdown.moc"
