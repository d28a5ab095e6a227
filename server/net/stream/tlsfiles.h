// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QDateTime>
#include <QString>
#include <QStringList>

namespace rookery::net {

/// A certificate with its key, in PEM.
struct TlsFiles
{
    QString certificate;
    QString key;
};

/// Opens both as a listener would. They must be PEM and belong together; the key must have no pass phrase and
/// not be readable by everybody. The Error is a sentence that names the file, its field `certificate` or
/// `key`. The answer is a sentence for each certificate of the file that is not valid at `now`, or not for
/// much longer.
Result<QStringList> checkTlsFiles(
    const TlsFiles &files, const QDateTime &now = QDateTime::currentDateTimeUtc());

/// Makes a self-signed certificate (ECDSA P-256, ten years, subjectAltName localhost, 127.0.0.1, ::1 and the
/// host's name) with its key (mode 0600) in `directory` where they are not there yet, and answers their
/// paths.
Result<TlsFiles> ensureSelfSignedCertificate(const QString &directory);

} // namespace rookery::net
