// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/report.h"

namespace rookery::bench {

using namespace load;

namespace {

double inMilliseconds(Nanos nanos)
{
    return double(nanos) / double(millisecond);
}

} // namespace

void addTimes(QJsonObject &json, const Histogram &times, const QString &prefix)
{
    json.insert(prefix + QStringLiteral("p50_ms"), inMilliseconds(times.percentile(50)));
    json.insert(prefix + QStringLiteral("p90_ms"), inMilliseconds(times.percentile(90)));
    json.insert(prefix + QStringLiteral("p99_ms"), inMilliseconds(times.percentile(99)));
    json.insert(prefix + QStringLiteral("p999_ms"), inMilliseconds(times.percentile(99.9)));
    json.insert(prefix + QStringLiteral("max_ms"), inMilliseconds(times.max()));
}

QString timesText(const Histogram &times)
{
    return QStringLiteral("p50 %1, p99 %2, p99.9 %3, max %4 ms")
        .arg(numberText(inMilliseconds(times.percentile(50))),
            numberText(inMilliseconds(times.percentile(99))),
            numberText(inMilliseconds(times.percentile(99.9))), numberText(inMilliseconds(times.max())));
}

QString numberText(double value)
{
    return value >= 100 ? QString::number(value, 'f', 0) : QString::number(value, 'g', 3);
}

QString cpuText(const QJsonObject &json, const QString &unit)
{
    const QString load = QStringLiteral("load generator at %1 %")
                             .arg(json.value(QLatin1String("load_cpu_percent")).toDouble(), 0, 'f', 0);
    const QJsonValue each = json.value(QStringLiteral("cpu_us_per_") + unit);
    if (each.isUndefined())
        return QStringLiteral("no CPU of the server's without --pid, ") + load;
    return QStringLiteral("%1 µs CPU per %2, server at %3 %, %4")
        .arg(numberText(each.toDouble()), unit)
        .arg(json.value(QLatin1String("server_cpu_percent")).toDouble(), 0, 'f', 0)
        .arg(load);
}

} // namespace rookery::bench
