// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QJsonObject>

namespace rookery::test {

/// What rookery-faults did.
struct FaultsOutcome
{
    int exitCode = -1;
    QJsonObject json; ///< its report
    QByteArray output;
    QByteArray errors;
};

/// Runs it with this command line and waits for its end.
FaultsOutcome runFaults(const QByteArray &line);

/// Runs it and expects that all checks hold, and that its report has at least so many of `count`.
void expectAllHolds(const QByteArray &line, const QString &count, int atLeast);

} // namespace rookery::test
