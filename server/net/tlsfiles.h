#pragma once

#include "common/result.h"

#include <QString>

namespace rookery::net {

/// A certificate with its key, in PEM.
struct TlsFiles
{
    QString certificate;
    QString key;
};

/// Opens both as a listener would; the Error is a sentence that names the file. They must be PEM and belong
/// together, and the key must not be readable by everybody.
Result<Nothing> checkTlsFiles(const TlsFiles &files);

/// Makes a self-signed certificate (ECDSA P-256, ten years, subjectAltName localhost, 127.0.0.1, ::1 and the
/// host's name) with its key (mode 0600) in `directory` where they are not there yet, and answers their
/// paths.
Result<TlsFiles> ensureSelfSignedCertificate(const QString &directory);

} // namespace rookery::net
