// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/messages.h"

namespace rookery {

const QString &RoomEvent::text() const
{
    static const QString none;
    const auto *posted = as<Posted>();
    return posted ? posted->text : none;
}

QDateTime utcTime(qint64 milliseconds)
{
    static const QDateTime utc = QDateTime::currentDateTimeUtc();
    QDateTime time = utc;
    time.setMSecsSinceEpoch(milliseconds);
    return time;
}

QString formatTimestamp(const QDateTime &time)
{
    constexpr qint64 millisecondsPerDay = 86'400'000;
    constexpr qint64 julianDayOf1970 = 2'440'588;
    const qint64 sinceEpoch = time.toMSecsSinceEpoch();
    qint64 day = sinceEpoch / millisecondsPerDay;
    qint64 rest = sinceEpoch % millisecondsPerDay;
    if (rest < 0) {
        rest += millisecondsPerDay;
        --day;
    }
    int year = 0;
    int month = 0;
    int dayOfMonth = 0;
    QDate::fromJulianDay(julianDayOf1970 + day).getDate(&year, &month, &dayOfMonth);
    if (!time.isValid() || year < 0 || year > 9999)
        return time.toUTC().toString(Qt::ISODateWithMs);
    // Qt's own formatting takes 20 times as long, and every event has a time.
    QString text = QStringLiteral("0000-00-00T00:00:00.000Z");
    QChar *const out = text.data();
    const auto put = [out](int lastDigit, int digits, qint64 number) {
        for (int i = 0; i < digits; ++i, number /= 10)
            out[lastDigit - i] = QChar(u'0' + char16_t(number % 10));
    };
    put(3, 4, year);
    put(6, 2, month);
    put(9, 2, dayOfMonth);
    put(12, 2, rest / 3'600'000);
    put(15, 2, rest / 60'000 % 60);
    put(18, 2, rest / 1000 % 60);
    put(22, 3, rest % 1000);
    return text;
}

QDateTime parseTimestamp(const QString &text)
{
    const QDateTime time = QDateTime::fromString(text, Qt::ISODateWithMs);
    // A time without a zone is ambiguous.
    return time.isValid() && time.timeSpec() != Qt::LocalTime ? time.toUTC() : QDateTime();
}

} // namespace rookery
