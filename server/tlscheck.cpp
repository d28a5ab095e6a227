// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/tlscheck.h"

namespace rookery {

Result<QStringList> checkTls(const config::Config &config, const net::TlsFiles &files)
{
    const QString certificateKey = QStringLiteral("tls.certificate_file");
    auto checked = net::checkTlsFiles(files);
    if (!checked) {
        Error error = checked.error();
        error.detail = config.placed(
            error.field == QLatin1String("key") ? QStringLiteral("tls.key_file") : certificateKey,
            error.detail);
        return error;
    }
    QStringList warnings;
    for (const QString &warning : std::as_const(*checked))
        warnings.append(config.placed(certificateKey, warning));
    return warnings;
}

} // namespace rookery
