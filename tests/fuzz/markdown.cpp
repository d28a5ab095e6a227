// SPDX-License-Identifier: GPL-3.0-or-later
/// Untrusted Markdown, as the desktop client shows it (THREATS 16): text, links, and the effect of a click.
/// Only http(s) and mail addresses are ever links, a click goes where the text says or asks first, all text
/// is shown, and parsing time is linear in the length.

#include "common/markdown/markdown.h"
#include "common/markdown/linkpolicy.h"
#include "tests/fuzz/support/fuzz.h"

#include <algorithm>
#include <ctime>

using namespace rookery;
namespace fuzz = rookery::fuzz;

namespace {

bool mayBeLink(const QUrl &url)
{
    return url.isValid()
        && (((url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https"))
                && !url.host().isEmpty())
            || (url.scheme() == QLatin1String("mailto") && url.path().contains(QLatin1Char('@'))));
}

void judged(const QUrl &url, const QString &visible)
{
    const LinkVerdict verdict = judgeLink(url, visible);
    switch (verdict.action) {
    case LinkAction::Refuse:
        return;
    case LinkAction::CopyAddress:
        FUZZ_REQUIRE(url.scheme() == QLatin1String("mailto") && verdict.target.contains(QLatin1Char('@')));
        return;
    case LinkAction::Ask:
        FUZZ_REQUIRE(!verdict.reason.isEmpty());
        break;
    case LinkAction::Open:
        // What is seen is where it goes.
        FUZZ_REQUIRE(visible.contains(url.host(QUrl::FullyEncoded), Qt::CaseInsensitive));
        FUZZ_REQUIRE(url.userInfo().isEmpty());
        break;
    }
    // Read by a browser, not by Qt: in ASCII, of these two schemes, without a second reading.
    FUZZ_REQUIRE(verdict.target.startsWith(QLatin1String("http://"))
        || verdict.target.startsWith(QLatin1String("https://")));
    FUZZ_REQUIRE(std::all_of(verdict.target.begin(), verdict.target.end(),
        [](QChar c) { return c.unicode() > 0x20 && c.unicode() < 0x7f && c != QLatin1Char('\\'); }));
    FUZZ_REQUIRE(mayBeLink(QUrl(verdict.target)));
}

void blockIsSound(const markdown::Block &block)
{
    FUZZ_REQUIRE(block.quoteDepth >= 0 && block.quoteDepth <= markdown::maxQuoteDepth);
    FUZZ_REQUIRE(block.indent >= 0 && block.indent <= markdown::maxIndent && block.marker.size() <= 10);
    qsizetype end = 0;
    for (const markdown::Span &span : block.spans) {
        FUZZ_REQUIRE(span.start >= end && span.length > 0 && span.start + span.length <= block.text.size());
        FUZZ_REQUIRE(span.link >= -1 && span.link < block.links.size());
        end = span.start + span.length;
    }
    end = 0;
    for (const markdown::Link &link : block.links) {
        FUZZ_REQUIRE(link.start >= end && link.length >= 0 && link.start + link.length <= block.text.size());
        FUZZ_REQUIRE(mayBeLink(link.url));
        judged(link.url, block.text.mid(link.start, link.length));
        end = link.start + link.length;
    }
    FUZZ_REQUIRE(std::none_of(block.text.begin(), block.text.end(), [](QChar c) {
        return (c.category() == QChar::Other_Control && c != QLatin1Char('\n'))
            || c == QChar::ObjectReplacementCharacter || c == QChar::LineSeparator;
    }));
}

QString lettersOf(const QString &text)
{
    QString letters;
    std::copy_if(
        text.begin(), text.end(), std::back_inserter(letters), [](QChar c) { return c.isLetterOrNumber(); });
    return letters;
}

bool isWithin(const QString &some, const QString &all)
{
    qsizetype at = 0;
    for (const QChar c : all)
        at += at < some.size() && some.at(at) == c;
    return at == some.size();
}

void read(const QString &text)
{
    const auto blocks = markdown::parse(text);
    FUZZ_REQUIRE(!blocks.isEmpty() && blocks.size() <= markdown::maxBlocks);
    bool hasTargets = false;
    for (const markdown::Block &block : blocks) {
        blockIsSound(block);
        for (const markdown::Link &link : block.links)
            hasTargets = hasTargets || linkUrl(block.text.mid(link.start, link.length)) != link.url;
    }
    // Marks go, and the targets of links; letters stay, in their order. The language beside a fence goes too.
    const QString shown = lettersOf(markdown::visibleText(blocks));
    const QString written = lettersOf(text.left(markdown::maxLength));
    FUZZ_REQUIRE(isWithin(shown, written));
    if (!hasTargets && !text.contains(QLatin1String("```")))
        FUZZ_REQUIRE(shown == written);
    FUZZ_REQUIRE(hasTargets || written.size() - shown.size() <= 32 * text.count(QLatin1String("```")));
}

/// The longest text that repeats this one; a hundred times of what it takes.
void isQuick(const QString &text)
{
    const QString repeated = text.repeated(markdown::maxLength / text.size());
    const std::clock_t start = std::clock();
    markdown::parse(repeated);
    FUZZ_REQUIRE(std::clock() - start < CLOCKS_PER_SEC);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    fuzz::Input input(data, size);
    const quint8 kind = input.byte();
    const bool odd = kind & 1;
    const QByteArrayView rest = input.rest();
    // Half of the time as UTF-16, in which halves of pairs and every character are as likely as the others.
    const QString text = odd
        ? QString(reinterpret_cast<const QChar *>(rest.toByteArray().constData()), rest.size() / 2)
        : QString::fromUtf8(rest);
    read(text);
    if (kind % 16 < 2 && !text.isEmpty())
        isQuick(text);
    if (const QUrl url = linkUrl(text); url.isValid()) {
        FUZZ_REQUIRE(mayBeLink(url));
        judged(url, text);
    }
    const qsizetype space = text.indexOf(QLatin1Char(' '));
    judged(QUrl(text.left(space)), text.mid(space + 1));
    return 0;
}
