// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/trust.h"

#include "client/api/networkproblem.h"
#include "client/api/serveraddress.h"

#include <QCryptographicHash>

#include <utility>

namespace rookery::client {

namespace {

const QLatin1String algorithm("sha256:");
const QLatin1String outOfDate(" out-of-date");

/// HOST:PORT, the port always written out: https and wss to it are one server.
QString keyOf(const QUrl &url)
{
    const QString host = url.host().toLower();
    return (host.contains(u':') ? u'[' + host + u']' : host) + u':' + QString::number(url.port(443));
}

QByteArray digestOf(const QSslCertificate &certificate)
{
    return certificate.digest(QCryptographicHash::Sha256);
}

QString fingerprintOf(const QByteArray &digest)
{
    return QString::fromLatin1(digest.toHex(':').toUpper());
}

bool isOutOfDate(const QDateTime &from, const QDateTime &until)
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    return from > now || until < now;
}

QString nameOf(const QStringList &organisation, const QStringList &commonName, const QString &all)
{
    QStringList parts = commonName + organisation;
    parts.removeAll(QString());
    return parts.isEmpty() ? all : parts.join(QLatin1String(", "));
}

CertificateProblem::Reason reasonFor(const QSslCertificate &certificate, const QList<QSslCertificate> &chain,
    const QUrl &url, bool hasPin, bool isPinned)
{
    using Reason = CertificateProblem::Reason;
    if (isPinned)
        return certificate.expiryDate() < QDateTime::currentDateTimeUtc() ? Reason::Expired
                                                                          : Reason::NotYetValid;
    if (!hasPin)
        return Reason::Untrusted;
    // An administrator who goes over from a certificate of their own to that of an authority.
    return QSslCertificate::verify(chain, url.host()).isEmpty() ? Reason::ChangedToVouched : Reason::Changed;
}

} // namespace

Trust::Trust(Store store)
    : m_store(std::move(store))
{
    if (!m_store.load) {
        m_store.load = [this](const QString &server) { return m_texts.value(server); };
        m_store.save = [this](const QString &server, const QString &text) { m_texts.insert(server, text); };
    }
}

Trust::Pin Trust::pin(const QString &server) const
{
    QString text = m_store.load(server);
    Pin pin;
    if (text.endsWith(outOfDate)) {
        pin.evenOutOfDate = true;
        text.chop(outOfDate.size());
    }
    if (!text.startsWith(algorithm))
        return {};
    pin.digest = QByteArray::fromHex(text.mid(algorithm.size()).toLatin1());
    return pin;
}

void Trust::prepare(const QUrl &url, QSslConfiguration *tls)
{
    const QString key = keyOf(url);
    m_problems.remove(key);
    if (!pin(key).digest.isEmpty())
        tls->setCaCertificates({});
}

bool Trust::isGood(const QUrl &url, const QList<QSslCertificate> &chain, const QList<QSslError> &errors)
{
    if (errors.isEmpty())
        return true;
    // Nothing to look at and nothing to trust: the handshake failed otherwise.
    if (chain.isEmpty() || chain.constFirst().isNull())
        return false;
    const QString key = keyOf(url);
    const QSslCertificate &certificate = chain.constFirst();
    const Pin trusted = pin(key);
    const QByteArray digest = digestOf(certificate);
    const bool isPinned = !trusted.digest.isEmpty() && trusted.digest == digest;
    if (isPinned
        && (trusted.evenOutOfDate || !isOutOfDate(certificate.effectiveDate(), certificate.expiryDate())))
        return true;

    CertificateProblem problem;
    problem.server = hostName(url);
    problem.fingerprint = fingerprintOf(digest);
    problem.subject = nameOf(certificate.subjectInfo(QSslCertificate::Organization),
        certificate.subjectInfo(QSslCertificate::CommonName), certificate.subjectDisplayName());
    problem.issuer = nameOf(certificate.issuerInfo(QSslCertificate::Organization),
        certificate.issuerInfo(QSslCertificate::CommonName), certificate.issuerDisplayName());
    problem.validFrom = certificate.effectiveDate();
    problem.validUntil = certificate.expiryDate();
    problem.fault = tlsFault(errors);
    problem.reason = reasonFor(certificate, chain, url, !trusted.digest.isEmpty(), isPinned);
    m_problems.insert(key, problem);
    return false;
}

std::optional<CertificateProblem> Trust::problem(const QUrl &url) const
{
    const auto found = m_problems.constFind(keyOf(url));
    return found == m_problems.constEnd() ? std::nullopt : std::optional(*found);
}

bool Trust::accept(const QUrl &url, const QString &fingerprint)
{
    const QString key = keyOf(url);
    const auto found = m_problems.constFind(key);
    if (found == m_problems.constEnd() || found->fingerprint != fingerprint)
        return false;
    QString text = algorithm + QString(fingerprint).remove(u':').toLower();
    if (isOutOfDate(found->validFrom, found->validUntil))
        text += outOfDate;
    m_store.save(key, text);
    m_problems.erase(found);
    return true;
}

} // namespace rookery::client
