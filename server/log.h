// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace rookery {

/// `text` with every control character of C0, DEL and C1 (U+0080 to U+009F), the line separators U+2028 and
/// U+2029 and the bidirectional overrides written as `\u{9b}`: what others chose, a name or a User-Agent, can
/// neither drive the terminal that shows a log nor begin a line of its own there.
QString printable(const QString &text);

/// Lines on standard error as `2026-11-29T06:41:35.123+00:00 warning TEXT`, in UTC, always printable().
/// `level`: debug, info, warning or error. For the whole process, from any thread. Nobody waits for whoever
/// reads standard error: see LogSink.
void setUpLogging(const QString &level);

/// At the end of the process: waits a moment for lines that could not be written at once.
void finishLogging();

} // namespace rookery
