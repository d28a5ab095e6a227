// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/markdown/markdowninline.h"

#include "common/markdown/linkpolicy.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

namespace rookery::markdown {

namespace {

bool isPunctuation(QChar c)
{
    return c.isPunct() || c.isSymbol();
}

bool isAsciiPunctuation(QChar c)
{
    return c.unicode() < 128 && isPunctuation(c);
}

/// A part of the source: shown text, or a mark, which is hidden once it is matched.
struct Piece
{
    enum Kind { Text, Mark, Bracket, LinkEnd, CodeSpan, Address };
    Kind kind = Text;
    QString text; ///< the shown text; of a mark: shown if it stays unmatched
    quint8 style = Plain; ///< of a matched mark
    bool opens = false; ///< of a matched mark or bracket
    bool matched = false;
    QUrl url = {}; ///< of an address, or of a matched opening bracket
};

class InlineParser
{
public:
    InlineParser(const QString &source, qsizetype *steps)
        : m_source(source)
        , m_steps(steps)
    {
        findBackticks();
    }

    void run();
    void write(Block *block) const;

private:
    /// The kinds of openers.
    enum Kind { Star, DoubleStar, Underscore, DoubleUnderscore, Tilde, Square, KindCount };
    struct Opener
    {
        Kind kind;
        size_t piece;
    };

    void findBackticks();
    void text(QChar c);
    bool escape();
    bool codeSpan();
    bool bareAddress();
    bool bracketedAddress();
    bool openBracket();
    bool closeBracket();
    bool marks();
    void mark(Kind kind, const QString &shown, bool mayOpen, bool mayClose);
    void address(const QString &shown, const QUrl &url);
    void popTo(Kind kind);
    QChar at(qsizetype i) const { return i >= 0 && i < m_source.size() ? m_source.at(i) : QChar(); }
    void look(qsizetype characters = 1)
    {
        if (m_steps)
            *m_steps += characters;
    }

    const QString &m_source;
    qsizetype *m_steps;
    qsizetype m_pos = 0;
    std::vector<Piece> m_pieces;
    std::vector<Opener> m_openers;
    std::array<int, KindCount> m_open{}; ///< number of open openers of each kind
    /// Start of each run of backticks by its length, in descending order: the next closer is at the back.
    std::unordered_map<qsizetype, std::vector<qsizetype>> m_backticks;
};

void InlineParser::findBackticks()
{
    std::vector<std::pair<qsizetype, qsizetype>> runs;
    for (qsizetype i = 0; i < m_source.size();) {
        if (m_source.at(i) != QLatin1Char('`')) {
            ++i;
            continue;
        }
        const qsizetype start = i;
        while (at(i) == QLatin1Char('`'))
            ++i;
        runs.emplace_back(i - start, start);
    }
    look(m_source.size());
    for (auto run = runs.crbegin(); run != runs.crend(); ++run)
        m_backticks[run->first].push_back(run->second);
}

void InlineParser::text(QChar c)
{
    if (m_pieces.empty() || m_pieces.back().kind != Piece::Text)
        m_pieces.push_back({Piece::Text, {}});
    m_pieces.back().text.append(c);
}

bool InlineParser::escape()
{
    if (at(m_pos) != QLatin1Char('\\') || !isAsciiPunctuation(at(m_pos + 1)))
        return false;
    text(at(m_pos + 1));
    m_pos += 2;
    return true;
}

bool InlineParser::codeSpan()
{
    if (at(m_pos) != QLatin1Char('`'))
        return false;
    qsizetype length = 0;
    while (at(m_pos + length) == QLatin1Char('`'))
        ++length;
    look(length);
    auto &closers = m_backticks[length];
    while (!closers.empty() && closers.back() <= m_pos)
        closers.pop_back();
    if (closers.empty()) {
        for (qsizetype i = 0; i < length; ++i)
            text(QLatin1Char('`'));
        m_pos += length;
        return true;
    }
    const qsizetype end = closers.back();
    QString code = m_source.mid(m_pos + length, end - m_pos - length);
    look(code.size());
    // One space on each side only separates the backticks from the code, as in CommonMark.
    if (code.size() > 2 && code.startsWith(QLatin1Char(' ')) && code.endsWith(QLatin1Char(' '))
        && !code.trimmed().isEmpty())
        code = code.mid(1, code.size() - 2);
    m_pieces.push_back({Piece::CodeSpan, code});
    m_pos = end + length;
    return true;
}

void InlineParser::address(const QString &shown, const QUrl &url)
{
    m_pieces.push_back({Piece::Address, shown, Plain, false, true, url});
    // A link must not be part of another one's text: a visible address must be the one that is opened.
    m_open[Square] = 0;
}

bool InlineParser::bareAddress()
{
    const QChar first = at(m_pos).toLower();
    if (first != QLatin1Char('h') && first != QLatin1Char('m'))
        return false;
    if (at(m_pos - 1).isLetterOrNumber())
        return false;
    const QStringView rest = QStringView(m_source).mid(m_pos);
    if (!rest.startsWith(QLatin1String("http://"), Qt::CaseInsensitive)
        && !rest.startsWith(QLatin1String("https://"), Qt::CaseInsensitive)
        && !rest.startsWith(QLatin1String("mailto:"), Qt::CaseInsensitive))
        return false;
    qsizetype end = m_pos;
    qsizetype unclosed = 0;
    while (end < m_source.size()) {
        const QChar c = at(end);
        if (c.isSpace() || c == QLatin1Char('<') || c == QLatin1Char('>') || c == QLatin1Char('"')
            || c == QLatin1Char('`') || c == QLatin1Char('[') || c == QLatin1Char(']')
            || c.category() == QChar::Other_Control)
            break;
        if (c == QLatin1Char('('))
            ++unclosed;
        else if (c == QLatin1Char(')') && --unclosed < 0)
            break;
        ++end;
    }
    look(end - m_pos);
    // Trailing punctuation and marks do not belong to the address.
    static const QString trailing = QStringLiteral(".,;:!?'\"]*_~|");
    while (end > m_pos && trailing.contains(at(end - 1)))
        --end;
    const QString shown = m_source.mid(m_pos, end - m_pos);
    const QUrl url = linkUrl(shown);
    if (!url.isValid()) {
        for (const QChar c : shown)
            text(c);
        m_pos = end;
        return !shown.isEmpty();
    }
    address(shown, url);
    m_pos = end;
    return true;
}

bool InlineParser::bracketedAddress()
{
    if (at(m_pos) != QLatin1Char('<'))
        return false;
    qsizetype end = m_pos + 1;
    while (end < m_source.size() && !at(end).isSpace() && at(end) != QLatin1Char('>')
        && at(end) != QLatin1Char('<'))
        ++end;
    look(end - m_pos);
    if (at(end) != QLatin1Char('>'))
        return false;
    const QString shown = m_source.mid(m_pos + 1, end - m_pos - 1);
    const QUrl url = linkUrl(shown);
    if (!url.isValid())
        return false;
    address(shown, url);
    m_pos = end + 1;
    return true;
}

bool InlineParser::openBracket()
{
    if (at(m_pos) != QLatin1Char('['))
        return false;
    // "![…](…)" would be an image. Images are not supported, so it stays as it was typed.
    if (at(m_pos - 1) == QLatin1Char('!')) {
        text(QLatin1Char('['));
    } else {
        m_openers.push_back({Square, m_pieces.size()});
        ++m_open[Square];
        m_pieces.push_back({Piece::Bracket, QStringLiteral("[")});
    }
    ++m_pos;
    return true;
}

bool InlineParser::closeBracket()
{
    if (at(m_pos) != QLatin1Char(']') || m_open[Square] == 0)
        return false;
    if (at(m_pos + 1) != QLatin1Char('(')) { // a pair of brackets without a target
        if (m_openers.back().kind == Square) {
            m_openers.pop_back();
            --m_open[Square];
        }
        return false;
    }
    // Brackets end the search, so that no character is examined for two different closing brackets.
    const qsizetype start = m_pos + 2;
    qsizetype end = start;
    qsizetype depth = 0;
    for (; end < m_source.size(); ++end) {
        const QChar c = at(end);
        if (c.isSpace() || c == QLatin1Char('[') || c == QLatin1Char(']'))
            break;
        if (c == QLatin1Char('('))
            ++depth;
        else if (c == QLatin1Char(')') && depth-- == 0)
            break;
    }
    look(end - m_pos);
    QUrl url;
    if (at(end) == QLatin1Char(')'))
        url = linkUrl(m_source.mid(start, end - start));
    popTo(Square);
    const Opener opener = m_openers.back();
    m_openers.pop_back();
    if (!url.isValid() || opener.piece + 1 == m_pieces.size()) {
        // Not an allowed target, or no text to click on: all of it is plain text.
        --m_open[Square];
        return false;
    }
    m_open[Square] = 0;
    Piece &bracket = m_pieces[opener.piece];
    bracket.matched = true;
    bracket.opens = true;
    bracket.url = url;
    m_pieces.push_back({Piece::LinkEnd, {}, Plain, false, true});
    m_pos = end + 1;
    return true;
}

void InlineParser::popTo(Kind kind)
{
    while (m_openers.back().kind != kind) {
        look();
        --m_open[m_openers.back().kind];
        m_openers.pop_back();
    }
}

void InlineParser::mark(Kind kind, const QString &shown, bool mayOpen, bool mayClose)
{
    static constexpr quint8 styles[] = {Italic, Bold, Italic, Bold, Struck};
    const size_t index = m_pieces.size();
    m_pieces.push_back({Piece::Mark, shown, styles[kind]});
    if (mayClose && m_open[kind] > 0) {
        // A mark cannot extend out of a link's text; the bracket then does not begin a link.
        while (m_openers.back().kind != kind) {
            look();
            if (m_open[m_openers.back().kind] > 0)
                --m_open[m_openers.back().kind];
            m_openers.pop_back();
        }
        const size_t partner = m_openers.back().piece;
        m_openers.pop_back();
        --m_open[kind];
        if (partner + 1 == index) { // nothing between the two: "****"
            return;
        }
        m_pieces[partner].matched = true;
        m_pieces[partner].opens = true;
        m_pieces[index].matched = true;
    } else if (mayOpen) {
        m_openers.push_back({kind, index});
        ++m_open[kind];
    }
}

bool InlineParser::marks()
{
    const QChar c = at(m_pos);
    if (c != QLatin1Char('*') && c != QLatin1Char('_') && c != QLatin1Char('~'))
        return false;
    qsizetype length = 0;
    while (at(m_pos + length) == c)
        ++length;
    look(length);
    const QChar before = at(m_pos - 1);
    const QChar after = at(m_pos + length);
    const bool spaceBefore = before.isNull() || before.isSpace();
    const bool spaceAfter = after.isNull() || after.isSpace();
    // CommonMark's left- and right-flanking delimiter runs.
    const bool left = !spaceAfter && (!isPunctuation(after) || spaceBefore || isPunctuation(before));
    const bool right = !spaceBefore && (!isPunctuation(before) || spaceAfter || isPunctuation(after));
    bool mayOpen = left;
    bool mayClose = right;
    if (c == QLatin1Char('_')) { // not within words: snake_case_names
        mayOpen = left && (!right || isPunctuation(before));
        mayClose = right && (!left || isPunctuation(after));
    }
    m_pos += length;
    if (length > 3 || (c == QLatin1Char('~') && length != 2)) {
        for (qsizetype i = 0; i < length; ++i)
            text(c);
        return true;
    }
    if (c == QLatin1Char('~')) {
        mark(Tilde, QStringLiteral("~~"), mayOpen, mayClose);
        return true;
    }
    const Kind one = c == QLatin1Char('*') ? Star : Underscore;
    const Kind two = c == QLatin1Char('*') ? DoubleStar : DoubleUnderscore;
    const QString single(c);
    const QString twice = single + single;
    if (length == 1) {
        mark(one, single, mayOpen, mayClose);
    } else if (length == 2) {
        mark(two, twice, mayOpen, mayClose);
    } else if (mayClose && m_open[one] > 0 && m_open[two] > 0) {
        // "***" closes the inner of the two first.
        const auto inner = std::find_if(m_openers.crbegin(), m_openers.crend(),
            [&](const Opener &o) { return o.kind == one || o.kind == two; });
        const bool oneFirst = inner->kind == one;
        mark(oneFirst ? one : two, oneFirst ? single : twice, false, true);
        mark(oneFirst ? two : one, oneFirst ? twice : single, false, true);
    } else {
        mark(two, twice, mayOpen, mayClose);
        mark(one, single, mayOpen, mayClose);
    }
    return true;
}

void InlineParser::run()
{
    while (m_pos < m_source.size()) {
        look();
        if (escape() || codeSpan() || bracketedAddress() || openBracket() || closeBracket() || marks()
            || bareAddress())
            continue;
        text(at(m_pos));
        ++m_pos;
    }
}

void InlineParser::write(Block *block) const
{
    int bold = 0;
    int italic = 0;
    int struck = 0;
    int link = -1;
    const auto append = [&](const QString &shown, quint8 extra, int target) {
        if (shown.isEmpty())
            return;
        const quint8 styles =
            quint8((bold > 0 ? Bold : 0) | (italic > 0 ? Italic : 0) | (struck > 0 ? Struck : 0) | extra);
        const qsizetype start = block->text.size();
        block->text.append(shown);
        if (styles == Plain && target < 0)
            return;
        Span *last = block->spans.isEmpty() ? nullptr : &block->spans.last();
        if (last && last->start + last->length == start && last->styles == styles && last->link == target)
            last->length += shown.size();
        else
            block->spans.append({start, shown.size(), styles, target});
    };
    for (const Piece &piece : m_pieces) {
        switch (piece.kind) {
        case Piece::Text:
            append(piece.text, Plain, link);
            break;
        case Piece::CodeSpan:
            append(piece.text, Code, link);
            break;
        case Piece::Address:
            block->links.append({piece.url, block->text.size(), piece.text.size()});
            append(piece.text, Plain, int(block->links.size()) - 1);
            break;
        case Piece::Bracket:
            if (piece.matched) {
                block->links.append({piece.url, block->text.size(), 0});
                link = int(block->links.size()) - 1;
            } else {
                append(piece.text, Plain, link);
            }
            break;
        case Piece::LinkEnd:
            block->links.last().length = block->text.size() - block->links.last().start;
            link = -1;
            break;
        case Piece::Mark: {
            if (!piece.matched) {
                append(piece.text, Plain, link);
                break;
            }
            int &depth = piece.style == Bold ? bold : piece.style == Italic ? italic : struck;
            depth += piece.opens ? 1 : -1;
            break;
        }
        }
    }
}

} // namespace

void parseInline(const QString &source, Block *block, qsizetype *steps)
{
    InlineParser parser(source, steps);
    parser.run();
    parser.write(block);
}

} // namespace rookery::markdown
