// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/timeline/layout/messagelayout.h"

#include "client/timeline/layout/noticetext.h"
#include "common/printable.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QTextBoundaryFinder>

#include <algorithm>
#include <cmath>

namespace rookery::client {

namespace {

/// Whether the text is right-to-left: by its first strong character, otherwise as the window.
bool isRightToLeft(const QString &text, Qt::LayoutDirection otherwise)
{
    for (const QChar c : text) {
        switch (c.direction()) {
        case QChar::DirL:
            return false;
        case QChar::DirR:
        case QChar::DirAL:
            return true;
        default:
            break;
        }
    }
    return otherwise == Qt::RightToLeft;
}

void setDirection(QTextOption *option, bool rightToLeft)
{
    option->setTextDirection(rightToLeft ? Qt::RightToLeft : Qt::LeftToRight);
    option->setAlignment((rightToLeft ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignAbsolute);
}

QString forLayout(QString text)
{
    // QTextLayout breaks lines at U+2028. A one-to-one replacement, so that positions do not change.
    text.replace(QLatin1Char('\n'), QChar(QChar::LineSeparator));
    return withoutBidiControls(std::move(text));
}

int layoutLines(QTextLayout *layout, int width)
{
    layout->beginLayout();
    qreal y = 0;
    for (QTextLine line = layout->createLine(); line.isValid(); line = layout->createLine()) {
        line.setLineWidth(width);
        line.setPosition(QPointF(0, y));
        y += line.height();
    }
    layout->endLayout();
    return int(std::ceil(y));
}

QTextCharFormat formatOf(const markdown::Span &span, const RowStyle &style)
{
    QTextCharFormat format;
    if (span.styles & markdown::Bold)
        format.setFontWeight(QFont::Bold);
    if (span.styles & markdown::Italic)
        format.setFontItalic(true);
    if (span.styles & markdown::Struck)
        format.setFontStrikeOut(true);
    if (span.styles & markdown::Code) {
        format.setFontFamilies(style.mono.families());
        format.setFontFixedPitch(true);
        format.setBackground(style.theme->code);
    }
    if (span.link >= 0) {
        format.setForeground(style.theme->link);
        format.setFontUnderline(true);
    }
    return format;
}

QList<markdown::Block> blocksOf(const TimelineItem &item)
{
    if (item.kind == TimelineItem::Kind::Message)
        return markdown::parse(item.text);
    markdown::Block block;
    block.text = noticeText(item);
    block.spans.append({0, block.text.size(), markdown::Italic});
    return {block};
}

} // namespace

MessageLayout::MessageLayout(const TimelineItem &item, RowAbove above, const RowStyle &style)
    : m_above(above)
    , m_senderName(item.senderName)
    , m_time(item.timestamp)
    , m_own(item.own)
    , m_kind(item.kind)
    , m_delivery(item.delivery)
{
    if (item.editedSeq > 0 && item.kind == TimelineItem::Kind::Message)
        m_editedText = QCoreApplication::translate("Timeline", "edited");
    for (const markdown::Block &block : blocksOf(item))
        addBlock(block, style);
    const bool hasFailed = m_delivery == Delivery::Failed;
    m_beingDeleted = item.deleting && m_delivery == Delivery::Pending;
    if (hasFailed || m_beingDeleted || (m_delivery == Delivery::Pending && !item.failure.isEmpty())) {
        if (hasFailed) {
            m_retryText = QCoreApplication::translate("Timeline", "Retry");
            m_discardText = QCoreApplication::translate("Timeline", "Discard");
        }
        const QString sentence = deliveryText(item);
        m_failure = std::make_unique<QTextLayout>(forLayout(sentence), style.small);
        QTextOption option;
        option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
        setDirection(&option, isRightToLeft(sentence, style.direction));
        m_failure->setTextOption(option);
    }
}

MessageLayout::~MessageLayout() = default;

void MessageLayout::addBlock(const markdown::Block &block, const RowStyle &style)
{
    if (!m_parts.empty())
        m_text.append(QLatin1Char('\n'));
    if (!block.marker.isEmpty())
        m_text.append(block.marker).append(QLatin1Char(' '));

    Part part;
    part.kind = block.kind;
    part.quoteDepth = block.quoteDepth;
    part.indent = block.indent;
    part.marker = block.marker;
    part.start = int(m_text.size());
    part.firstLink = int(m_links.size());
    part.links = block.links;
    const bool code = block.kind == markdown::Block::CodeBlock;
    part.rightToLeft = !code && isRightToLeft(block.text, style.direction);
    for (const markdown::Link &link : block.links)
        m_links.push_back({link.url, block.text.mid(link.start, link.length)});

    part.layout = std::make_unique<QTextLayout>(forLayout(block.text),
        code             ? style.mono
            : isNotice() ? style.small
                         : style.font);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setDirection(&option, part.rightToLeft);
    part.layout->setTextOption(option);
    part.layout->setCacheEnabled(true);
    QList<QTextLayout::FormatRange> formats;
    formats.reserve(block.spans.size());
    for (const markdown::Span &span : block.spans)
        formats.append({int(span.start), int(span.length), formatOf(span, style)});
    part.layout->setFormats(formats);
    m_text.append(block.text);
    m_parts.push_back(std::move(part));
}

bool MessageLayout::setWidth(int width, const RowStyle &style)
{
    if (width == m_width)
        return false;
    m_width = width;
    m_bodyLeft = style.pad + style.avatar + style.gap;
    const int bodyWidth = std::clamp(width - m_bodyLeft - style.status - style.pad, 40, style.maxBody);

    int y = 0;
    if (m_above.day)
        y += style.separator;
    if (m_above.unread)
        y += style.smallLine + style.groupSpace;
    m_headerTop = y;
    y += m_above.header ? style.groupSpace + style.line + style.lineSpace / 2 : style.lineSpace;
    m_bodyTop = y;

    for (size_t i = 0; i < m_parts.size(); ++i) {
        Part &part = m_parts[i];
        if (i > 0) {
            const bool tight = part.kind == markdown::Block::ListItem && m_parts[i - 1].kind == part.kind;
            y += tight ? style.line / 8 : style.line / 2;
        }
        y = layoutPart(part, m_bodyLeft, bodyWidth, y, style);
    }

    if (!m_editedText.isEmpty())
        y = placeEdited(y, bodyWidth, style);
    if (m_failure) {
        y += style.line / 4;
        m_failureAt = QPoint(m_bodyLeft, y);
        y += layoutLines(m_failure.get(), bodyWidth);
    }
    if (m_delivery == Delivery::Failed) {
        y += style.line / 4;
        const QFontMetrics metrics(style.small);
        const int height = metrics.height() + style.line / 2;
        const auto button = [&](const QString &text, int left) {
            return QRect(left, y, metrics.horizontalAdvance(text) + style.line * 3 / 2, height);
        };
        m_retry = button(m_retryText, m_bodyLeft);
        m_discard = button(m_discardText, m_retry.right() + 1 + style.line / 2);
        y += height;
    }
    // The avatar beside a single line must not reach into the next row.
    if (m_above.header)
        y = std::max(y, m_headerTop + style.groupSpace + style.avatar);
    m_height = y + style.lineSpace;
    return true;
}

int MessageLayout::placeEdited(int y, int bodyWidth, const RowStyle &style)
{
    const QFontMetrics metrics(style.small);
    const int width = metrics.horizontalAdvance(m_editedText) + 2;
    // Behind the last word where there is room for it, else below.
    if (!m_parts.empty() && m_parts.back().kind != markdown::Block::CodeBlock) {
        const Part &last = m_parts.back();
        const QTextLine line = last.layout->lineAt(last.layout->lineCount() - 1);
        const bool isAlong = last.rightToLeft == (style.direction == Qt::RightToLeft);
        const int x = last.area.left() + int(std::ceil(line.naturalTextWidth())) + style.line / 3;
        if (line.isValid() && isAlong && x + width <= m_bodyLeft + bodyWidth) {
            const int shift = int(line.y() + line.ascent()) - metrics.ascent();
            m_edited = QRect(x, last.area.top() + shift, width, style.smallLine);
            return y;
        }
    }
    m_edited = QRect(m_bodyLeft, y, width, style.smallLine);
    return y + style.smallLine;
}

int MessageLayout::layoutPart(Part &part, int left, int width, int top, const RowStyle &style)
{
    const int quote = part.quoteDepth * style.line * 3 / 4;
    int inset = quote;
    if (part.kind == markdown::Block::ListItem)
        inset += (part.indent + 1) * style.line * 4 / 3;
    const int frame = part.kind == markdown::Block::CodeBlock ? style.line / 2 : 0;
    const int textWidth = std::max(24, width - inset - 2 * frame);
    const int height = layoutLines(part.layout.get(), textWidth);
    // Quotes and lists are indented on the side where their text starts. `left` is where the body starts in
    // the window's direction, so the sides differ if text and window have opposite directions.
    const bool against = part.rightToLeft != (style.direction == Qt::RightToLeft);
    const int x = against ? left : left + inset;
    part.area = QRect(x + frame, top + frame, textWidth, height);
    part.box = QRect(left, top, width, height + 2 * frame);
    return part.box.bottom() + 1;
}

QRect MessageLayout::mirrored(const QRect &rect, const RowStyle &style) const
{
    if (style.direction == Qt::LeftToRight || rect.isNull())
        return rect;
    return QRect(m_width - rect.x() - rect.width(), rect.y(), rect.width(), rect.height());
}

RowHit MessageLayout::hit(const QPoint &point, const RowStyle &style) const
{
    RowHit result;
    if (m_delivery == Delivery::Failed) {
        if (retryButton(style).contains(point))
            return {RowHit::RetryButton, int(m_text.size()), -1};
        if (discardButton(style).contains(point))
            return {RowHit::DiscardButton, int(m_text.size()), -1};
    }
    if (point.y() < m_bodyTop)
        return result;
    if (m_own
        && mirrored(QRect(m_width - style.pad - style.status, m_bodyTop, style.status, style.line), style)
               .contains(point))
        return {RowHit::StatusMark, int(m_text.size()), -1};
    if (!m_editedText.isEmpty() && mirrored(m_edited, style).contains(point))
        return {RowHit::EditedMark, int(m_text.size()), -1};
    for (const Part &part : m_parts) {
        const QRect area = mirrored(part.area, style);
        if (point.y() > part.box.bottom() && &part != &m_parts.back())
            continue;
        if (point.y() < part.box.top()) { // between two parts
            result.position = part.start;
            return result;
        }
        const int length = int(part.layout->text().size());
        if (point.y() > area.bottom()) {
            result.position = part.start + length;
            return result;
        }
        const qreal y = point.y() - area.top();
        for (int i = 0; i < part.layout->lineCount(); ++i) {
            const QTextLine line = part.layout->lineAt(i);
            if (y > line.y() + line.height() && i + 1 < part.layout->lineCount())
                continue;
            const qreal x = point.x() - area.left();
            const int between = line.xToCursor(x, QTextLine::CursorBetweenCharacters);
            result.position = part.start + std::clamp(between, 0, length);
            const QRectF used = line.naturalTextRect();
            if (x < used.left() || x > used.right())
                return result;
            result.part = RowHit::Text;
            const int on = line.xToCursor(x, QTextLine::CursorOnCharacter);
            for (qsizetype l = 0; l < part.links.size(); ++l) {
                if (on >= part.links.at(l).start && on < part.links.at(l).start + part.links.at(l).length) {
                    result.part = RowHit::LinkText;
                    result.link = part.firstLink + int(l);
                }
            }
            return result;
        }
    }
    return result;
}

std::pair<int, int> MessageLayout::wordAt(int position) const
{
    QTextBoundaryFinder finder(QTextBoundaryFinder::Word, m_text);
    finder.setPosition(std::clamp<qsizetype>(position, 0, m_text.size()));
    if (!finder.isAtBoundary() || position >= m_text.size())
        finder.toPreviousBoundary();
    const qsizetype start = std::max<qsizetype>(0, finder.position());
    const qsizetype end = finder.toNextBoundary();
    return {int(start), int(end < 0 ? m_text.size() : end)};
}

} // namespace rookery::client
