// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/timeline/layout/rowplacer.h"
#include "client/timeline/layout/rowstyle.h"
#include "client/timeline/timelinesource.h"
#include "common/markdown/markdown.h"

#include <QRect>
#include <QTextLayout>

#include <memory>
#include <vector>

namespace rookery::client {

/// What stands above a message's text; it depends on the row before.
struct RowAbove
{
    bool day = false;
    bool unread = false;
    bool header = false;

    bool operator==(const RowAbove &) const = default;
};

/// How a row is painted this time.
struct RowPaint
{
    int selectionStart = 0; ///< in MessageLayout::text()
    int selectionEnd = 0; ///< equal to the start: nothing is selected
    bool current = false; ///< has the keyboard's focus
    bool hovered = false;
    int hoveredLink = -1;
};

/// Where in a row a point is.
struct RowHit
{
    enum Part { Empty, Text, LinkText, RetryButton, DiscardButton, StatusMark };
    Part part = Empty;
    int position = 0; ///< the nearest one in MessageLayout::text()
    int link = -1; ///< into MessageLayout::links(), with LinkText
};

/// One message: read as Markdown once, laid out at one width, painted and hit-tested. All points are relative
/// to the row's top left corner. Holds no text as HTML and loads nothing.
class MessageLayout
{
public:
    struct Link
    {
        QUrl url;
        QString visible;
    };

    MessageLayout(const TimelineItem &item, RowAbove above, const RowStyle &style);
    ~MessageLayout();

    int width() const { return m_width; }
    /// Breaks the lines anew if the width is another one; true where it did.
    bool setWidth(int width, const RowStyle &style);

    RowSize size() const { return {m_height, m_bodyTop}; }
    /// What is seen of the message, and what positions and selections refer to.
    const QString &text() const { return m_text; }
    const std::vector<Link> &links() const { return m_links; }

    void paint(QPainter *painter, const RowStyle &style, const RowPaint &how) const;
    RowHit hit(const QPoint &point, const RowStyle &style) const;
    /// The word around a position, as start and end.
    std::pair<int, int> wordAt(int position) const;

    QRect retryButton(const RowStyle &style) const { return mirrored(m_retry, style); }
    QRect discardButton(const RowStyle &style) const { return mirrored(m_discard, style); }

private:
    struct Part
    {
        markdown::Block::Kind kind = markdown::Block::Paragraph;
        int quoteDepth = 0;
        int indent = 0;
        QString marker;
        bool rightToLeft = false;
        int start = 0; ///< of its text within m_text
        int firstLink = 0; ///< its links within m_links
        QList<markdown::Link> links;
        std::unique_ptr<QTextLayout> layout;
        QRect area; ///< of the laid out text
        QRect box; ///< of the code block around it, or the quote with its bars
    };

    void addBlock(const markdown::Block &block, const RowStyle &style);
    int layoutPart(Part &part, int left, int width, int top, const RowStyle &style);
    QRect mirrored(const QRect &rect, const RowStyle &style) const;
    void paintAbove(QPainter *painter, const RowStyle &style) const;
    void paintRule(QPainter *painter, const RowStyle &style, int top, const QString &text, const QColor &line,
        const QColor &color) const;
    void paintHeader(QPainter *painter, const RowStyle &style) const;
    void paintPart(QPainter *painter, const RowStyle &style, const Part &part, const RowPaint &how) const;
    void paintStatus(QPainter *painter, const RowStyle &style) const;
    void paintFailure(QPainter *painter, const RowStyle &style) const;

    RowAbove m_above;
    QString m_senderName;
    QDateTime m_time;
    bool m_own;
    Delivery m_delivery;

    QString m_text;
    std::vector<Link> m_links;
    std::vector<Part> m_parts;
    std::unique_ptr<QTextLayout> m_failure;
    QString m_retryText;
    QString m_discardText;

    int m_width = -1;
    int m_height = 0;
    int m_headerTop = 0;
    int m_bodyTop = 0;
    int m_bodyLeft = 0;
    QPoint m_failureAt;
    QRect m_retry;
    QRect m_discard;
};

} // namespace rookery::client
