// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QUrl>

/// Parses the Markdown that people type in chats, from untrusted text, into plain text with marked spans.
/// There is no intermediate HTML, nothing is loaded, there are no images. Unsupported syntax stays as it was
/// typed.
///
/// Supported: `**bold**` `__bold__` `*italic*` `_italic_` `~~struck~~`, code in backticks and in fences, `>`
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

/// A range of Block::text; the spans of a block do not overlap and are in order.
struct Span
{
    qsizetype start = 0;
    qsizetype length = 0;
    quint8 styles = Plain; ///< Style flags
    int link = -1; ///< into Block::links

    bool operator==(const Span &) const = default;
};

struct Link
{
    QUrl url; ///< accepted by linkUrl()
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
    QList<Span> spans; ///< only for ranges that are not plain
    QList<Link> links;
};

inline constexpr int maxQuoteDepth = 4;
inline constexpr int maxIndent = 4;
inline constexpr int maxBlocks = 200; ///< the rest becomes one paragraph
inline constexpr qsizetype maxLength = 16'000; ///< UTF-16 units; the rest is replaced by an ellipsis

/// Never fails. Time is linear in the text's length.
QList<Block> parse(const QString &text);

/// The visible text: the blocks' texts with their list markers, one below the other.
QString visibleText(const QList<Block> &blocks);

} // namespace rookery::markdown
