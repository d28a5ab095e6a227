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

/// What is shown above a message's text; depends on the previous row.
struct RowAbove
{
    bool day = false;
    bool unread = false;
    bool header = false;

    bool operator==(const RowAbove &) const = default;
};

/// The state with which a row is painted.
struct RowPaint
{
    int selectionStart = 0; ///< in MessageLayout::text()
    int selectionEnd = 0; ///< equal to the start: nothing is selected
    bool current = false; ///< has the keyboard's focus
    bool hovered = false;
    int hoveredLink = -1;
};

/// The part of a row at a point.
struct RowHit
{
    enum Part { Empty, Text, LinkText, RetryButton, DiscardButton, StatusMark, EditedMark };
    Part part = Empty;
    int position = 0; ///< the nearest position in MessageLayout::text()
    int link = -1; ///< index into MessageLayout::links(), with LinkText
};

/// One message: parsed as Markdown once, laid out at one width, painted and hit-tested. All points are
/// relative to the row's top left corner. Never treats text as HTML and loads nothing.
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
    /// Breaks the lines again if the width has changed; returns whether it has.
    bool setWidth(int width, const RowStyle &style);

    RowSize size() const { return {m_height, m_bodyTop}; }
    /// The visible text of the message; positions and selections refer to it.
    const QString &text() const { return m_text; }
    const std::vector<Link> &links() const { return m_links; }
    /// What is said below the text of its sending, or deletion; mostly nothing.
    QString status() const { return m_failure ? m_failure->text() : QString(); }

    void paint(QPainter *painter, const RowStyle &style, const RowPaint &how) const;
    RowHit hit(const QPoint &point, const RowStyle &style) const;
    /// The start and end of the word at a position.
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
        int start = 0; ///< of the part's text within m_text
        int firstLink = 0; ///< of the part's links within m_links
        QList<markdown::Link> links;
        std::unique_ptr<QTextLayout> layout;
        QRect area; ///< of the text layout
        QRect box; ///< of the code block around it, or the quote with its bars
    };

    /// Neither a message nor what is left of one.
    bool isNotice() const
    {
        return m_kind == TimelineItem::Kind::Notice || m_kind == TimelineItem::Kind::Unreadable;
    }
    /// Answers where the next thing starts.
    int placeEdited(int y, int bodyWidth, const RowStyle &style);
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
    TimelineItem::Kind m_kind;
    Delivery m_delivery;
    bool m_beingDeleted = false; ///< its deletion waits or is on its way

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
    QString m_editedText; ///< empty: it has not been edited
    QRect m_edited;
    QRect m_retry;
    QRect m_discard;
};

} // namespace rookery::client
