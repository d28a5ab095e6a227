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

/// Makes a self-signed certificate (ECDSA P-256, ten years, subjectAltName localhost, 127.0.0.1, ::1 and the
/// host's name) with its key (mode 0600) in `directory` where they are not there yet, and answers their
/// paths.
Result<TlsFiles> ensureSelfSignedCertificate(const QString &directory);

} // namespace rookery::net
