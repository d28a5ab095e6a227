// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

/// The files that tests/secrets searches after all tests have run (THREATS 30). If ROOKERY_TEST_EVIDENCE
/// names no folder, nothing is kept. Thread-safe.
namespace rookery::test {

/// Keeps what a daemon has left behind; it must have ended. `log` is its standard error; the files in its
/// data directory are kept if there is one. `kind` identifies how the test starts daemons.
void keepEvidence(const QString &kind, const QByteArray &log, const QString &dataDirectory = {});

/// A password or token that was sent to a daemon, or came from one.
void rememberSecret(const QString &secret);

} // namespace rookery::test
