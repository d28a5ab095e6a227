// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <QUrl>

namespace rookery::markdown {

/// An address in a text: bare, in angle brackets, or the target of a link.
struct Address
{
    qsizetype start = 0;
    qsizetype end = 0;
    int brackets = 0; ///< 1 if the first and the last character are angle brackets, which are not shown
    QUrl url; ///< accepted by linkUrl()
};

/// A text, and what md4c is given in its place: one ASCII character for each UTF-16 unit, so that offsets are the
/// same in both. Hidden from md4c is what messages do not have (headings, rules, HTML, entities, images, references),
/// and every address: it sees no link but to one of `addresses`, and no marks within them.
struct DialectText
{
    QString text;
    QByteArray seen;
    QList<Address> addresses; ///< in order
};

/// `text` has no tab, no control character but '\n', and no half of a surrogate pair. Linear.
DialectText readDialect(const QString &text);

} // namespace rookery::markdown
