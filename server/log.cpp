// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/log.h"

#include "server/logsink.h"

#include <QDateTime>
#include <QLoggingCategory>

#include <cstdlib>

#include <unistd.h>

namespace rookery {

namespace {

bool isDangerous(QChar c)
{
    const char16_t code = c.unicode();
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029
        || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

const char *levelName(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return "debug";
    case QtInfoMsg:
        return "info";
    case QtWarningMsg:
        return "warning";
    case QtCriticalMsg:
        return "error";
    case QtFatalMsg:
        break;
    }
    return "fatal";
}

constexpr qsizetype mostWaiting = 1024 * 1024; ///< bytes of lines that nobody reads

QByteArray lineOf(QtMsgType type, const QString &message)
{
    const QString time = QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyy-MM-ddTHH:mm:ss.zzz"));
    return time.toLatin1() + "+00:00 " + levelName(type) + ' ' + printable(message).toUtf8() + '\n';
}

/// Never destroyed: other threads may log until the process has ended.
LogSink &standardError()
{
    static LogSink *const sink = new LogSink(STDERR_FILENO, mostWaiting, [](qint64 lost) {
        return lineOf(QtWarningMsg,
            QStringLiteral("lines of the log that are lost because nobody read standard error: %1")
                .arg(lost));
    });
    return *sink;
}

void writeLine(QtMsgType type, const QMessageLogContext &, const QString &message)
{
    standardError().write(lineOf(type, message));
    if (type == QtFatalMsg) {
        finishLogging();
        std::abort();
    }
}

} // namespace

QString printable(const QString &text)
{
    QString out;
    out.reserve(text.size());
    for (const QChar c : text) {
        if (isDangerous(c))
            out += QStringLiteral("\\u{%1}").arg(c.unicode(), 0, 16);
        else
            out += c;
    }
    return out;
}

void finishLogging()
{
    constexpr std::chrono::seconds patience{1};
    standardError().finish(patience);
}

void setUpLogging(const QString &level)
{
    qInstallMessageHandler(writeLine);
    QString rules = QStringLiteral("*.debug=false\n");
    if (level == QLatin1String("debug"))
        rules = QStringLiteral("*.debug=false\ndefault.debug=true\nrookery.*.debug=true\n");
    if (level == QLatin1String("warning") || level == QLatin1String("error"))
        rules += QStringLiteral("*.info=false\n");
    if (level == QLatin1String("error"))
        rules += QStringLiteral("*.warning=false\n");
    QLoggingCategory::setFilterRules(rules);
}

} // namespace rookery
