// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

#include <optional>

namespace rookery {

/// Where and why a text is not valid JSON.
struct JsonFault
{
    /// Offset of the first invalid byte, from 0: for an invalid word or number its first byte, for a
    /// truncated text the text's size.
    qsizetype offset;
    const char *what; ///< as the end of a sentence
};

/// The first error in a text that should be JSON in UTF-8 (RFC 8259; a byte order mark before it is allowed).
/// Numbers that no double can hold and nesting deeper than `mostDepth` are errors too. For error messages
/// only: Qt's parser reports little more than an approximate position. One pass, without recursion.
std::optional<JsonFault> firstJsonFault(QByteArrayView utf8, int mostDepth);

} // namespace rookery
