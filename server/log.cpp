#include "server/log.h"

#include <QDateTime>
#include <QLoggingCategory>

#include <cstdio>
#include <cstdlib>

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

/// One call of fwrite() a line, so that the lines of two threads do not mix.
void writeLine(QtMsgType type, const QMessageLogContext &, const QString &message)
{
    const QString time = QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyy-MM-ddTHH:mm:ss.zzz"));
    const QByteArray line =
        time.toLatin1() + "+00:00 " + levelName(type) + ' ' + printable(message).toUtf8() + '\n';
    std::fwrite(line.constData(), 1, size_t(line.size()), stderr);
    std::fflush(stderr);
    if (type == QtFatalMsg)
        std::abort();
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
