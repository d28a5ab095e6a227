// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QUrl>

/// Markdown as people type it in chats, from a text that is never trusted, into plain text with marked
/// stretches. There is no HTML on the way, nothing is loaded, there are no images; what is not understood
/// stands there as it was typed.
///
/// Understood: `**bold**` `__bold__` `*italic*` `_italic_` `~~struck~~`, code in backticks and in fences, `>`
/// quotes, `-` `*` `+` `1.` lists, `[text](address)`, bare and `<bracketed>` http(s) and mailto addresses,
/// backslash before punctuation.
namespace rookery::markdown {

enum Style : quint8 {
    Plain = 0,
    Bold = 1,
    Italic = 2,
    Struck = 4,
    Code = 8,
};

/// A stretch of Block::text; the stretches of a block do not overlap and are in order.
struct Span
{
    qsizetype start = 0;
    qsizetype length = 0;
    quint8 styles = Plain; ///< of Style
    int link = -1; ///< into Block::links

    bool operator==(const Span &) const = default;
};

struct Link
{
    QUrl url; ///< passed linkUrl()
    qsizetype start = 0;
    qsizetype length = 0;
};

struct Block
{
    enum Kind { Paragraph, CodeBlock, ListItem };
    Kind kind = Paragraph;
    int quoteDepth = 0; ///< 0…maxQuoteDepth
    int indent = 0; ///< of list items, 0…maxIndent
    QString marker; ///< of list items: a bullet or "12."
    QString text; ///< lines are separated by '\n'
    QList<Span> spans; ///< where something is not plain
    QList<Link> links;
};

inline constexpr int maxQuoteDepth = 4;
inline constexpr int maxIndent = 4;
inline constexpr int maxBlocks = 200; ///< what comes after is one paragraph
inline constexpr qsizetype maxLength = 16'000; ///< UTF-16 units; the rest is cut off with an ellipsis

/// Never fails. The time is linear in the text's length; `steps`, if given, counts the characters looked at.
QList<Block> parse(const QString &text, qsizetype *steps = nullptr);

/// What is seen: the blocks' texts with their list markers, one below the other.
QString visibleText(const QList<Block> &blocks);

} // namespace rookery::markdown
