// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/httpdate.h"

#include <QDateTime>
#include <QLocale>

namespace rookery::http {

QByteArray httpDate()
{
    thread_local qint64 second = 0;
    thread_local QByteArray text;
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    if (now != second) {
        second = now;
        text = QLocale::c()
                   .toString(QDateTime::fromSecsSinceEpoch(now).toUTC(),
                       QStringLiteral("ddd, dd MMM yyyy HH:mm:ss 'GMT'"))
                   .toLatin1();
    }
    return text;
}

} // namespace rookery::http
