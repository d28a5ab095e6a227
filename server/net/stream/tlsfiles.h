// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QDateTime>
#include <QString>
#include <QStringList>

namespace rookery::net {

/// A certificate and its key, in PEM.
struct TlsFiles
{
    QString certificate;
    QString key;
};

/// Opens both as a listener would. They must be PEM and belong together; the key must have no pass phrase and
/// not be world-readable. The Error is a sentence that names the file; its field is `certificate` or `key`.
/// The result is a list of warnings: a sentence for each certificate in the file that is not valid at `now`
/// or expires soon.
Result<QStringList> checkTlsFiles(
    const TlsFiles &files, const QDateTime &now = QDateTime::currentDateTimeUtc());

/// Creates a self-signed certificate (ECDSA P-256, ten years, subjectAltName localhost, 127.0.0.1, ::1 and
/// the host's name) and its key (mode 0600) in `directory`, unless they exist already. Returns their paths.
Result<TlsFiles> ensureSelfSignedCertificate(const QString &directory);

} // namespace rookery::net
