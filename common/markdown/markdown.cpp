// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/markdown/markdown.h"

#include "common/markdown/markdowninline.h"

#include <QStringView>

#include <algorithm>
#include <utility>

namespace rookery::markdown {

namespace {

/// Line ends become '
/// '; characters that could confuse a layout or a reader become U+FFFD.
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
    return clean;
}

qsizetype leadingSpaces(QStringView line)
{
    qsizetype count = 0;
    while (count < line.size() && line.at(count) == QLatin1Char(' '))
        ++count;
    return count;
}

/// The number of backticks of a fence, 0 if the line is not a fence.
qsizetype fenceLength(QStringView line)
{
    const qsizetype spaces = leadingSpaces(line);
    if (spaces > 3)
        return 0;
    qsizetype length = 0;
    while (spaces + length < line.size() && line.at(spaces + length) == QLatin1Char('`'))
        ++length;
    if (length < 3 || line.mid(spaces + length).contains(QLatin1Char('`')))
        return 0;
    return length;
}

/// Whether the text after a fence is the name of a language, which is not shown. Anything else would be lost.
bool isLanguage(QStringView text)
{
    return text.size() <= 32 && std::all_of(text.begin(), text.end(), [](QChar c) {
        return c.isLetterOrNumber() || QStringView(u"+#-._").contains(c);
    });
}

struct ListMark
{
    QString shown; ///< empty: the line is not a list item
    int indent = 0;
    qsizetype end = 0; ///< where the item's text starts
};

ListMark listMark(QStringView line)
{
    const qsizetype spaces = leadingSpaces(line);
    qsizetype i = spaces;
    QString shown;
    if (i < line.size() && QStringView(u"-*+").contains(line.at(i))) {
        shown = QChar(0x2022);
        ++i;
    } else {
        while (i < line.size() && i - spaces < 9 && line.at(i) >= QLatin1Char('0')
            && line.at(i) <= QLatin1Char('9'))
            ++i;
        if (i == spaces || i >= line.size() || !QStringView(u".)").contains(line.at(i)))
            return {};
        ++i;
        shown = line.mid(spaces, i - spaces).toString();
    }
    if (i >= line.size() || line.at(i) != QLatin1Char(' ') || line.mid(i).trimmed().isEmpty())
        return {};
    return {shown, int(std::min<qsizetype>(spaces / 2, maxIndent)), i + 1};
}

/// Splits a text into blocks, line by line; marks within the lines are parsed later.
class BlockParser
{
public:
    QList<Block> run(const QString &text);

private:
    void line(QStringView line);
    void begin(Block block, QStringView text);
    void append(QStringView text);

    QList<Block> m_blocks;
    bool m_open = false; ///< whether the next line may belong to the last block
    qsizetype m_fence = 0; ///< length of the open fence
    QStringView m_fenceLine; ///< the line that opened it
    bool m_fenceEmpty = false;
};

void BlockParser::begin(Block block, QStringView text)
{
    m_blocks.append(std::move(block));
    m_blocks.last().text = text.toString();
    m_open = true;
}

void BlockParser::append(QStringView text)
{
    m_blocks.last().text.append(QLatin1Char('\n')).append(text);
}

void BlockParser::line(QStringView line)
{
    if (m_fence > 0) {
        if (const qsizetype length = fenceLength(line);
            length >= m_fence && line.trimmed().size() == length) {
            m_fence = 0;
            m_open = false;
        } else if (m_fenceEmpty) {
            m_blocks.last().text = line.toString();
            m_fenceEmpty = false;
        } else {
            append(line);
        }
        return;
    }
    if (line.trimmed().isEmpty()) {
        m_open = false;
        return;
    }
    if (const qsizetype length = fenceLength(line);
        length > 0 && isLanguage(line.trimmed().mid(length).trimmed())) {
        Block block;
        block.kind = Block::CodeBlock;
        begin(block, {});
        m_fence = length;
        m_fenceEmpty = true;
        m_fenceLine = line;
        return;
    }

    Block block;
    qsizetype start = leadingSpaces(line);
    if (start <= 3) {
        while (
            start < line.size() && block.quoteDepth < maxQuoteDepth && line.at(start) == QLatin1Char('>')) {
            ++block.quoteDepth;
            ++start;
            if (start < line.size() && line.at(start) == QLatin1Char(' '))
                ++start;
        }
    }
    const QStringView rest = block.quoteDepth > 0 ? line.mid(start) : line;
    if (const ListMark mark = listMark(rest); !mark.shown.isEmpty()) {
        block.kind = Block::ListItem;
        block.marker = mark.shown;
        block.indent = mark.indent;
        begin(block, rest.mid(mark.end).trimmed());
        return;
    }
    const Block *last = m_open && !m_blocks.isEmpty() ? &m_blocks.last() : nullptr;
    const bool continues = last && last->quoteDepth == block.quoteDepth
        && (last->kind == Block::Paragraph || (last->kind == Block::ListItem && leadingSpaces(rest) >= 2));
    if (!continues)
        begin(block, rest);
    else if (last->kind == Block::ListItem)
        append(rest.trimmed());
    else
        append(rest);
}

QList<Block> BlockParser::run(const QString &text)
{
    const QStringView all(text);
    qsizetype start = 0;
    while (start <= all.size()) {
        if (m_blocks.size() >= maxBlocks - 1 && m_fence == 0) {
            if (start < all.size())
                begin({}, all.mid(start));
            break;
        }
        qsizetype end = all.indexOf(QLatin1Char('\n'), start);
        if (end < 0)
            end = all.size();
        line(all.mid(start, end - start));
        start = end + 1;
    }
    if (m_fence > 0 && m_fenceEmpty) { // nothing followed, so it is not a fence
        m_blocks.last().kind = Block::Paragraph;
        m_blocks.last().text = m_fenceLine.toString();
    }
    return std::move(m_blocks);
}

} // namespace

QList<Block> parse(const QString &text, qsizetype *steps)
{
    const QString clean = cleaned(text);
    if (steps)
        *steps += clean.size();
    QList<Block> blocks = BlockParser().run(clean);
    for (Block &block : blocks) {
        if (block.kind == Block::CodeBlock)
            continue;
        const QString source = std::exchange(block.text, {});
        parseInline(source, &block, steps);
    }
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
