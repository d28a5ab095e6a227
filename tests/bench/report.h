// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/histogram.h"

#include <QJsonObject>
#include <QString>

namespace rookery::bench {

/// The result of a command.
struct Report
{
    QJsonObject json; ///< one line on standard output
    QString line; ///< a readable one, on standard error
    QString fault; ///< empty, or why the run has failed, for example because messages were lost
};

/// p50_ms, p90_ms, p99_ms, p999_ms and max_ms, each prefixed with `prefix`.
void addTimes(QJsonObject &json, const Histogram &times, const QString &prefix = {});
/// "p50 0.12 p99 3.40 max 7.00 ms"
QString timesText(const Histogram &times);
/// With a sensible number of digits: 123456, 12.3, 0.0123.
QString numberText(double value);
/// "1.70 µs CPU per delivery, server at 87 %, load generator at 55 %"; without the first two if the server's
/// process is not known.
QString cpuText(const QJsonObject &json, const QString &unit);

} // namespace rookery::bench
