// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

/// What tests/secrets looks through once all tests have run (THREATS 30). Where ROOKERY_TEST_EVIDENCE names
/// no folder, nothing is kept. Any thread may call.
namespace rookery::test {

/// Keeps what a daemon has left, which must have ended: its standard error where `log` holds it, and the
/// files in its data directory, if it has one. `kind` tells the ways apart in which tests start daemons.
void keepEvidence(const QString &kind, const QByteArray &log, const QString &dataDirectory = {});

/// A password or token that was sent to a daemon, or came from one.
void rememberSecret(const QString &secret);

} // namespace rookery::test
