// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QString>

/// Where in a JSON text something stands, in the words of whoever wrote it. For errors only: both read the
/// text anew, once, in constant depth.
namespace rookery::jsonplace {

/// Names that are longer are not repeated in an error.
constexpr qsizetype longestName = 64;

/// The member of the outermost object that the bytes before `offset` end in, be it in its value or its name,
/// however deep; they are JSON so far. Empty where there is none, or none that can be named.
QString memberAt(QByteArrayView utf8, qsizetype offset);

/// The first name that stands twice in one object of valid JSON; empty where none does, or none that can be
/// named.
QString repeatedName(QByteArrayView utf8);

} // namespace rookery::jsonplace
