// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/markdown/markdown.h"

#include "common/markdown/dialect.h"

#include <QRegularExpression>
#include <QStringView>

#include <md4c.h>

#include <algorithm>
#include <utility>

namespace rookery::markdown {

namespace {

/// Line ends become '\n'; characters that could confuse a layout or a reader become U+FFFD.
QString cleaned(const QString &text)
{
    QString clean;
    const qsizetype size = std::min(text.size(), maxLength);
    clean.reserve(size);
    for (qsizetype i = 0; i < size; ++i) {
        const QChar c = text.at(i);
        if (c == QLatin1Char('\r')) {
            if (i + 1 >= size || text.at(i + 1) != QLatin1Char('\n'))
                clean.append(QLatin1Char('\n'));
        } else if (c == QChar::LineSeparator || c == QChar::ParagraphSeparator) {
            clean.append(QLatin1Char('\n'));
        } else if (c == QLatin1Char('\t')) {
            clean.append(QStringLiteral("    "));
        } else if ((c.category() == QChar::Other_Control && c != QLatin1Char('\n'))
            || c == QChar::ObjectReplacementCharacter) {
            clean.append(QChar::ReplacementCharacter);
        } else {
            clean.append(c);
        }
    }
    if (size < text.size()) {
        if (clean.back().isHighSurrogate())
            clean.chop(1);
        clean.append(QChar(0x2026));
    }
    // No pattern may see half of a surrogate pair.
    return clean.isValidUtf16() ? clean : QString::fromUtf8(clean.toUtf8());
}

/// Whether the text behind a fence is the name of a language, which is not shown. Anything else would be lost.
bool isLanguage(QStringView text)
{
    return text.size() <= 32 && std::all_of(text.begin(), text.end(), [](QChar c) {
        return c.isLetterOrNumber() || QStringView(u"+#-._").contains(c);
    });
}

/// Makes blocks of what md4c finds. Its texts are ranges of DialectText::seen, and are taken from DialectText::text.
class Builder
{
public:
    explicit Builder(const DialectText &source)
        : m_source(source)
    { }

    QList<Block> run();

private:
    void enterBlock(MD_BLOCKTYPE type, const void *detail);
    void leaveBlock(MD_BLOCKTYPE type);
    void span(MD_SPANTYPE type, const void *detail, int change);
    void text(MD_TEXTTYPE type, QByteArrayView seen);
    void begin(Block::Kind kind, int quoteDepth);
    void beginLine(qsizetype offset);
    void put(qsizetype start, qsizetype end, quint8 style);
    void append(QStringView text, quint8 style, const Address *target);
    QString nextMarker();
    /// Where a text of md4c's begins in the source; -1: it is one of its own.
    qsizetype offsetOf(const char *seen) const
    {
        const qsizetype offset = qsizetype(quintptr(seen) - quintptr(m_source.seen.constData()));
        return offset >= 0 && offset < m_source.seen.size() ? offset : -1;
    }
    QString sourceOf(QByteArrayView seen) const
    {
        const qsizetype offset = offsetOf(seen.data());
        return offset < 0 ? QString::fromLatin1(seen) : m_source.text.mid(offset, seen.size());
    }
    const DialectText &m_source;
    QList<Block> m_blocks;
    bool m_open = false; ///< texts belong to the last block
    bool m_break = false; ///< a line has ended in it
    quint8 m_breakStyle = Plain; ///< where it ended
    const Address *m_breakTarget = nullptr;
    bool m_full = false;
    int m_quotes = 0;
    int m_lists = 0;
    int m_bold = 0;
    int m_italic = 0;
    int m_struck = 0;
    QString m_marker; ///< of an item that has nothing yet
    QString m_language; ///< of a block of code
    const Address *m_target = nullptr; ///< of the link that texts are in
    const Address *m_lastTarget = nullptr; ///< of the block's last link
    qsizetype m_end = 0; ///< of what has been put
    qsizetype m_markerEnd = 0;
};

/// The marker of the next item, as typed: md4c counts instead, and an answer to point 5 would become one to point 4.
QString Builder::nextMarker()
{
    static const QRegularExpression item(
        QStringLiteral("^[ >]*+([-+*]|[0-9]{1,9}[.)]) +[^ \\n]"), QRegularExpression::MultilineOption);
    const auto match = item.match(m_source.text, std::max(m_end, m_markerEnd),
        QRegularExpression::NormalMatch, QRegularExpression::DontCheckSubjectStringMatchOption);
    m_markerEnd = std::max(m_markerEnd, match.capturedEnd(1));
    return match.capturedLength(1) == 1 ? QString(QChar(0x2022)) : match.captured(1);
}

void Builder::begin(Block::Kind kind, int quoteDepth)
{
    m_full = m_full || m_blocks.size() >= maxBlocks - 1;
    if (m_full)
        return;
    Block block;
    block.kind = kind;
    block.quoteDepth = std::min(quoteDepth, maxQuoteDepth);
    if (kind == Block::ListItem) {
        block.indent = std::clamp(m_lists - 1, 0, maxIndent);
        block.marker = std::exchange(m_marker, {});
    }
    m_blocks.append(block);
    m_open = true;
    m_break = false;
    m_breakStyle = Plain;
    m_breakTarget = nullptr;
    m_lastTarget = nullptr;
}

/// Before the first text of a line, or of a block.
void Builder::beginLine(qsizetype offset)
{
    const qsizetype line = offset > 0 ? m_source.seen.lastIndexOf('\n', offset - 1) + 1 : 0;
    int depth = 0;
    qsizetype spaces = 0;
    qsizetype first = line;
    for (; first < offset && (m_source.seen.at(first) == ' ' || m_source.seen.at(first) == '>'); ++first) {
        const bool isQuote = m_source.seen.at(first) == '>';
        depth += isQuote;
        spaces = isQuote ? -1 : spaces + 1; // one belongs to the quote
    }
    spaces = std::max<qsizetype>(spaces, 0);
    if (m_open && std::exchange(m_break, false)) {
        // What follows a quote or an item without its mark is not a part of it, unlike in CommonMark: most
        // messages with a quote go on with the answer.
        const Block &last = m_blocks.last();
        if (depth != last.quoteDepth || (last.kind == Block::ListItem && spaces < 2))
            begin(Block::Paragraph, depth);
        else
            append(u"\n", m_breakStyle, m_breakTarget);
    } else if (!m_open) {
        begin(m_marker.isEmpty() ? Block::Paragraph : Block::ListItem, m_quotes);
    }
    if (!m_full && m_blocks.last().kind == Block::Paragraph && m_lists == 0)
        append(QStringView(m_source.text).sliced(first - spaces, spaces), m_breakStyle, m_breakTarget);
}

void Builder::put(qsizetype start, qsizetype end, quint8 style)
{
    const QStringView all(m_source.text);
    auto next = std::lower_bound(m_source.addresses.begin(), m_source.addresses.end(), start,
        [](const Address &address, qsizetype offset) { return address.start < offset; });
    for (; !(style & Code) && next != m_source.addresses.end() && next->end <= end; ++next) {
        append(all.sliced(start, next->start - start), style, m_target);
        append(
            all.sliced(next->start, next->end - next->start).chopped(next->brackets).sliced(next->brackets),
            style, &*next);
        start = next->end;
    }
    append(all.sliced(start, end - start), style, m_target);
    m_end = end;
}

void Builder::append(QStringView text, quint8 style, const Address *target)
{
    if (text.isEmpty())
        return;
    Block &block = m_blocks.last();
    const qsizetype start = block.text.size();
    block.text.append(text);
    if (target) {
        if (m_lastTarget != target || block.links.last().start + block.links.last().length != start)
            block.links.append({target->url, start, 0});
        m_lastTarget = target;
        block.links.last().length += text.size();
    }
    const int link = target ? int(block.links.size()) - 1 : -1;
    if (style == Plain && !target)
        return;
    Span *last = block.spans.isEmpty() ? nullptr : &block.spans.last();
    if (last && last->start + last->length == start && last->styles == style && last->link == link)
        last->length += text.size();
    else
        block.spans.append({start, text.size(), style, link});
}

void Builder::enterBlock(MD_BLOCKTYPE type, const void *detail)
{
    m_open = false;
    m_quotes += type == MD_BLOCK_QUOTE;
    m_lists += type == MD_BLOCK_UL || type == MD_BLOCK_OL;
    if (type == MD_BLOCK_LI)
        m_marker = nextMarker();
    if (type != MD_BLOCK_CODE)
        return;
    if (!m_marker.isEmpty())
        begin(Block::ListItem, m_quotes);
    begin(Block::CodeBlock, m_quotes);
    const MD_ATTRIBUTE &info = static_cast<const MD_BLOCK_CODE_DETAIL *>(detail)->info;
    m_language = sourceOf(QByteArrayView(info.text, info.size)).trimmed();
    if (m_full || m_language.isEmpty())
        return;
    m_end = std::max(m_end, offsetOf(info.text) + qsizetype(info.size));
    if (!isLanguage(m_language))
        m_blocks.last().text = std::exchange(m_language, {}) + u'\n';
}

void Builder::leaveBlock(MD_BLOCKTYPE type)
{
    m_open = false;
    m_quotes -= type == MD_BLOCK_QUOTE;
    m_lists -= type == MD_BLOCK_UL || type == MD_BLOCK_OL;
    if (type == MD_BLOCK_LI)
        m_marker.clear();
    if (type != MD_BLOCK_CODE)
        return;
    QString &code = m_blocks.last().text;
    code.chop(code.endsWith(u'\n'));
    if (code.isEmpty()) // all that there is
        code = m_language;
}

void Builder::span(MD_SPANTYPE type, const void *detail, int change)
{
    m_bold += type == MD_SPAN_STRONG ? change : 0;
    m_italic += type == MD_SPAN_EM ? change : 0;
    m_struck += type == MD_SPAN_DEL ? change : 0;
    if (type != MD_SPAN_A)
        return;
    const qsizetype target = offsetOf(static_cast<const MD_SPAN_A_DETAIL *>(detail)->href.text);
    const auto address = std::lower_bound(m_source.addresses.begin(), m_source.addresses.end(), target,
        [](const Address &one, qsizetype offset) { return one.start < offset; });
    const bool isKnown = change > 0 && address != m_source.addresses.end() && address->start == target;
    m_target = isKnown ? &*address : nullptr;
}

void Builder::text(MD_TEXTTYPE type, QByteArrayView seen)
{
    const qsizetype offset = offsetOf(seen.data());
    if (m_open && m_blocks.last().kind == Block::CodeBlock) {
        m_blocks.last().text.append(sourceOf(seen));
        if (offset >= 0)
            m_end = offset + seen.size();
        return;
    }
    const quint8 style = quint8((type == MD_TEXT_CODE ? Code : Plain) | (m_bold > 0 ? Bold : 0)
        | (m_italic > 0 ? Italic : 0) | (m_struck > 0 ? Struck : 0));
    if (offset < 0) { // the end of a line; all other texts are the source's
        m_break = true;
        m_breakStyle = style;
        m_breakTarget = m_target;
        return;
    }
    if (!m_open || m_break)
        beginLine(offset);
    if (!m_full)
        put(offset, offset + seen.size(), style);
}

QList<Block> Builder::run()
{
    constexpr int stop = -1; // 0.4.8 goes on if it is positive
    MD_PARSER parser{};
    parser.flags = MD_FLAG_NOINDENTEDCODEBLOCKS | MD_FLAG_NOHTML | MD_FLAG_STRIKETHROUGH;
    parser.enter_block = [](MD_BLOCKTYPE type, void *detail, void *builder) {
        static_cast<Builder *>(builder)->enterBlock(type, detail);
        return static_cast<Builder *>(builder)->m_full ? stop : 0;
    };
    parser.leave_block = [](MD_BLOCKTYPE type, void *, void *builder) {
        static_cast<Builder *>(builder)->leaveBlock(type);
        return 0;
    };
    parser.enter_span = [](MD_SPANTYPE type, void *detail, void *builder) {
        static_cast<Builder *>(builder)->span(type, detail, 1);
        return 0;
    };
    parser.leave_span = [](MD_SPANTYPE type, void *detail, void *builder) {
        static_cast<Builder *>(builder)->span(type, detail, -1);
        return 0;
    };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *builder) {
        static_cast<Builder *>(builder)->text(type, QByteArrayView(text, qsizetype(size)));
        return static_cast<Builder *>(builder)->m_full ? stop : 0;
    };
    const int error = md_parse(m_source.seen.constData(), MD_SIZE(m_source.seen.size()), &parser, this);
    if (error != 0) { // too many blocks, or no memory
        const qsizetype lineEnd = m_end == 0 ? -1 : m_source.text.indexOf(u'\n', m_end);
        m_blocks.append(Block{});
        m_target = nullptr;
        put(lineEnd + 1, m_source.text.size(), Plain);
    }
    return std::move(m_blocks);
}

} // namespace

QList<Block> parse(const QString &text)
{
    const DialectText source = readDialect(cleaned(text));
    QList<Block> blocks = Builder(source).run();
    if (blocks.isEmpty())
        blocks.append(Block{});
    return blocks;
}

QString visibleText(const QList<Block> &blocks)
{
    QString text;
    for (const Block &block : blocks) {
        if (&block != &blocks.first())
            text.append(QLatin1Char('\n'));
        if (!block.marker.isEmpty())
            text.append(block.marker).append(QLatin1Char(' '));
        text.append(block.text);
    }
    return text;
}

} // namespace rookery::markdown
