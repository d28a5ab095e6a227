// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/markdown/dialect.h"

#include "common/markdown/linkpolicy.h"

#include <QRegularExpression>

#include <algorithm>

namespace rookery::markdown {

namespace {

constexpr char anyMark = ','; ///< punctuation without a meaning
constexpr char anyLetter = 'x';

char seenAs(QChar c)
{
    if (c.unicode() < 128)
        return c.toLatin1();
    return c.isSpace() ? '\v' : c.isPunct() || c.isSymbol() ? anyMark : anyLetter;
}

QRegularExpression pattern(const char *text)
{
    QString full = QString::fromLatin1(text);
    full.replace(QStringLiteral("MARKER"), QStringLiteral("(?:[-+*]|[0-9]{1,9}[.)])"));
    full.replace(QStringLiteral("SCHEME"), QStringLiteral("(?i:https?://|mailto:)"));
    return QRegularExpression(
        full, QRegularExpression::MultilineOption | QRegularExpression::UseUnicodePropertiesOption);
}

class Reader
{
public:
    explicit Reader(const QString &text)
        : m_text(text)
        , m_seen(text.size(), Qt::Uninitialized)
    {
        std::transform(text.begin(), text.end(), m_seen.begin(), seenAs);
    }

    DialectText run();

private:
    void hideBlocks();
    qsizetype bareAddress(qsizetype start, qsizetype end);
    qsizetype closingBracket(qsizetype at, qsizetype end);
    qsizetype balanced(qsizetype start, qsizetype end) const;
    bool isAddress(qsizetype start, qsizetype end, int brackets = 0);
    void hide(qsizetype start, qsizetype end, char as = anyMark)
    {
        std::fill(m_seen.begin() + start, m_seen.begin() + end, as);
    }

    const QString &m_text;
    QByteArray m_seen;
    QList<Address> m_addresses;
    QList<qsizetype> m_open; ///< opening brackets
};

/// Hides, in the first group of each pattern, what begins no block here.
void Reader::hideBlocks()
{
    static const QRegularExpression hidden[] = {
        pattern(R"(^ *+(?:> *+){4}([ >]+))"), // quotes deeper than maxQuoteDepth
        pattern(R"(^[ >]*+(?:MARKER +)?(([-*_])(?: *+\2)*+) *+$)"), // rules, underlines of headings
        pattern(R"(^[ >]*+(MARKER) *+$)"), // items without a text
        pattern(R"(^[ >]*+MARKER +(MARKER(?= |$)|>))"), // quotes and items within the first line of an item
        pattern(
            R"(^[ >]*+(?:MARKER +)?`{3,}+([^`\n]++)$)"), // what a fence says; of escapes md4c makes a copy
    };
    for (const QRegularExpression &each : hidden) {
        for (const QRegularExpressionMatch &match : each.globalMatch(m_text))
            hide(match.capturedStart(1), match.capturedEnd(1));
    }
}

/// Where the address that may end at `end` does: before a parenthesis that it did not open.
qsizetype Reader::balanced(qsizetype start, qsizetype end) const
{
    int depth = 0;
    for (qsizetype i = start; i < end; ++i) {
        depth += m_text.at(i) == u'(' ? 1 : m_text.at(i) == u')' ? -1 : 0;
        if (depth < 0)
            return i;
    }
    return end;
}

bool Reader::isAddress(qsizetype start, qsizetype end, int brackets)
{
    const QUrl url = linkUrl(m_text.mid(start, end - start));
    if (!url.isValid())
        return false;
    m_addresses.append({start - brackets, end + brackets, brackets, url});
    hide(start - brackets, end + brackets, anyLetter);
    return true;
}

qsizetype Reader::bareAddress(qsizetype start, qsizetype end)
{
    end = balanced(start, end);
    // Trailing punctuation and marks do not belong to the address.
    while (QStringView(u".,;:!?'\"]*_~|").contains(m_text.at(end - 1)))
        --end;
    if (!isAddress(start, end))
        hide(start, end, anyLetter);
    return end;
}

/// "](" stays only before an allowed target, and behind a text to click on that has no address in it: what is seen
/// as an address must be what is opened.
qsizetype Reader::closingBracket(qsizetype at, qsizetype end)
{
    const qsizetype open = m_open.isEmpty() ? at : m_open.takeLast();
    if (at + 1 == end)
        return end;
    const qsizetype start = at + 2; // behind "](", or "]:" of the definition of a reference
    end = balanced(start, end);
    const bool mayBeLink = end < m_text.size() && m_text.at(end) == u')'
        && (m_addresses.isEmpty() || m_addresses.last().start < open)
        && !QStringView(m_text).mid(open + 1, at - open - 1).trimmed().isEmpty();
    if (mayBeLink && isAddress(start, end))
        return end + 1;
    hide(at + 1, start);
    return start;
}

DialectText Reader::run()
{
    static const QRegularExpression marks = pattern(R"(\\[!-/:-@[-`{-~])"
                                                    R"(|<(SCHEME[^\s<>`]*+)>)"
                                                    R"(|(?<![\p{L}\p{N}])SCHEME[^\s<>"`[\]]*+)"
                                                    R"(|!\[|\[|\](?::|\([^\s`[\]]*+)?+|~++|[&<#=])");
    hideBlocks();
    qsizetype next = 0;
    // Each check of the surrogates would read all of the text.
    const auto nextMatch = [&] {
        return marks.match(m_text, next, QRegularExpression::NormalMatch,
            QRegularExpression::DontCheckSubjectStringMatchOption);
    };
    for (auto match = nextMatch(); match.hasMatch(); match = nextMatch()) {
        const qsizetype at = match.capturedStart();
        next = match.capturedEnd();
        switch (m_text.at(at).unicode()) {
        case u'\\':
            if (!QStringView(u"&<#=").contains(m_text.at(at + 1)))
                break;
            [[fallthrough]];
        case u'!': // an image
            hide(at + 1, next);
            break;
        case u'[':
            m_open.append(at);
            break;
        case u']':
            next = closingBracket(at, next);
            break;
        case u'~':
            if (next - at != 2)
                hide(at, next);
            break;
        case u'<':
            if (match.capturedStart(1) >= 0 && isAddress(at + 1, next - 1, 1))
                break;
            next = at + 1;
            [[fallthrough]];
        case u'&':
        case u'#':
        case u'=':
            hide(at, next);
            break;
        default:
            next = bareAddress(at, next);
        }
    }
    return {m_text, m_seen, m_addresses};
}

} // namespace

DialectText readDialect(const QString &text)
{
    return Reader(text).run();
}

} // namespace rookery::markdown
