// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringView>

#include <optional>

/// What server and client must count and cut alike.
namespace rookery::text {

/// Unicode code points, which is what limits of texts and names count. Nothing where a surrogate stands alone:
/// that is not Unicode (The Unicode Standard, D91) and has no UTF-8.
std::optional<qsizetype> characters(QStringView text);

/// The text as it is sent: without blank lines at its start and white space at its end. The first line keeps its
/// indentation, which means code in Markdown. Empty where there is nothing but white space.
QString trimmedMessage(const QString &text);

/// Whether there is nothing to see: only white space, controls and characters that are drawn as nothing.
bool isBlank(QStringView text);

/// The start of the text, at most so many UTF-16 code units, without half a surrogate pair at its end.
QString cut(const QString &text, qsizetype units);

} // namespace rookery::text
