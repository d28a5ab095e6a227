// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>

namespace rookery::client {

/// A server whose certificate was refused, with what a person needs to decide whether it is the right one.
/// Texts of the certificate are written by whoever made it: remote text.
struct CertificateProblem
{
    QString server; ///< HOST:PORT as it is shown
    QString reason; ///< a sentence
    QString fingerprint; ///< SHA-256 of the certificate, `AB:CD:…`
    QString subject;
    QString issuer;
    QDateTime validFrom;
    QDateTime validUntil;
    bool hasChanged = false; ///< another certificate of this server was trusted before

    bool operator==(const CertificateProblem &) const = default;
};

} // namespace rookery::client
