// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QString>

/// Finds the place in a JSON text that an error message should name. For errors only: each function reads the
/// text again, once, with bounded recursion depth.
namespace rookery::jsonplace {

/// Longer names are not repeated in an error.
constexpr qsizetype longestName = 64;

/// The member of the outermost object that contains the end of the first `offset` bytes, in its name or its
/// value, at any depth. These bytes must be valid JSON so far. Empty if there is none, or none that can be
/// named.
QString memberAt(QByteArrayView utf8, qsizetype offset);

/// The first duplicate name in any object of valid JSON; empty if there is none, or none that can be named.
QString repeatedName(QByteArrayView utf8);

} // namespace rookery::jsonplace
