// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/certificateproblem.h"

#include <QHash>
#include <QList>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslError>
#include <QUrl>

#include <functional>
#include <optional>

namespace rookery::client {

/// The certificates that a person has checked and trusted, each for one host and port, besides those that this
/// computer's authorities vouch for. A trusted certificate is the only one accepted there from then on. Lives
/// on the GUI thread and outlives its users.
class Trust
{
public:
    /// Stores the trusted certificates by `HOST:PORT`; an empty text means none.
    struct Store
    {
        std::function<QString(const QString &server)> load;
        std::function<void(const QString &server, const QString &text)> save;
    };

    /// Without a store, forgotten at the end of the program.
    explicit Trust(Store store = {});
    Trust(const Trust &) = delete;
    Trust &operator=(const Trust &) = delete;

    /// For a connection to `url` that is about to be made: with a certificate that was trusted there, no
    /// authority counts, so that isGood() is asked each time.
    void prepare(const QUrl &url, QSslConfiguration *tls);
    /// Whether a connection may go on although there are these errors. Where not, problem() says why from
    /// here on.
    bool isGood(const QUrl &url, const QList<QSslCertificate> &chain, const QList<QSslError> &errors);

    /// Why the last connection to this server was refused; empty if it was not, or not for its certificate.
    std::optional<CertificateProblem> problem(const QUrl &url) const;
    /// A person has looked at the certificate of problem() and trusts it, if it still is the one with this
    /// fingerprint.
    bool accept(const QUrl &url, const QString &fingerprint);

private:
    struct Pin
    {
        QByteArray digest; ///< SHA-256 of the certificate; empty: none
        bool evenOutOfDate = false; ///< it was out of date when it was trusted
    };
    Pin pin(const QString &server) const;

    Store m_store;
    QHash<QString, QString> m_texts;
    QHash<QString, CertificateProblem> m_problems;
};

} // namespace rookery::client
