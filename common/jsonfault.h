// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

#include <optional>

namespace rookery {

/// Why a text is not JSON.
struct JsonFault
{
    /// Of the first byte, from 0, that cannot stand there: of a word or number that is none its first, and
    /// the text's size where it ends too early.
    qsizetype offset;
    const char *what; ///< as the end of a sentence
};

/// The first fault of a text that should be JSON in UTF-8 (RFC 8259; a byte order mark may stand before it),
/// also numbers past all doubles and what is nested deeper than `mostDepth`. For errors only: Qt's parser
/// says no more than about where it gave up. One pass, without recursion.
std::optional<JsonFault> firstJsonFault(QByteArrayView utf8, int mostDepth);

} // namespace rookery
