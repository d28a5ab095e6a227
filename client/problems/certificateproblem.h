// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>

namespace rookery::client {

/// What is wrong with a certificate, or with the handshake that should have shown it.
enum class TlsFault {
    SelfSigned,
    OtherHost,
    Expired,
    NotYetValid,
    UnknownAuthority,
    Other, ///< no encrypted connection at all, as far as is known
};

/// A server whose certificate was refused, with what a person needs to decide whether it is the right one.
/// Texts of the certificate are written by whoever made it: remote text.
struct CertificateProblem
{
    enum class Reason {
        Untrusted, ///< `fault` says why
        Expired, ///< one that was trusted, on `validUntil`
        NotYetValid, ///< one that was trusted, before `validFrom`
        Changed, ///< another one was trusted
        ChangedToVouched, ///< the same, and an authority that this computer trusts vouches for the new one
    };

    QString server; ///< HOST:PORT as it is shown
    Reason reason = Reason::Untrusted;
    TlsFault fault = TlsFault::Other;
    QString fingerprint; ///< SHA-256 of the certificate, `AB:CD:…`
    QString subject;
    QString issuer;
    QDateTime validFrom;
    QDateTime validUntil;

    /// Another certificate of this server was trusted before.
    bool hasChanged() const { return reason == Reason::Changed || reason == Reason::ChangedToVouched; }

    bool operator==(const CertificateProblem &) const = default;
};

} // namespace rookery::client
