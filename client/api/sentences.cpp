// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/sentences.h"

#include "common/closecode.h"

namespace rookery::client {

namespace {

QString cannotReach(const QString &server, const QString &reason)
{
    return QStringLiteral("Cannot reach %1: %2.").arg(server, reason);
}

QString plain(QString detail)
{
    while (detail.endsWith(u'.'))
        detail.chop(1);
    return detail.isEmpty() ? QStringLiteral("unknown network error") : detail;
}

QString tlsReason(const QList<QSslError> &errors)
{
    // The list holds consequences too; the first that says what to do about it is the one worth showing.
    for (const QSslError &error : errors) {
        switch (error.error()) {
        case QSslError::SelfSignedCertificate:
        case QSslError::SelfSignedCertificateInChain:
            return QStringLiteral("its certificate is self-signed and not trusted by this computer");
        case QSslError::HostNameMismatch:
            return QStringLiteral("its certificate was made for another host name");
        case QSslError::CertificateExpired:
            return QStringLiteral("its certificate has expired");
        case QSslError::CertificateNotYetValid:
            return QStringLiteral("its certificate is not valid yet (is this computer's clock right?)");
        case QSslError::CertificateUntrusted:
        case QSslError::UnableToGetLocalIssuerCertificate:
        case QSslError::UnableToVerifyFirstCertificate:
            return QStringLiteral(
                "its certificate comes from an authority that this computer does not trust");
        default:
            break;
        }
    }
    // What OpenSSL says of it is not for people.
    return QStringLiteral("no encrypted connection could be made (does it speak TLS on this port?)");
}

} // namespace

QString networkSentence(const QString &server, QNetworkReply::NetworkError error, const QList<QSslError> &tls,
    const QString &detail)
{
    switch (error) {
    case QNetworkReply::ConnectionRefusedError:
        return cannotReach(server, QStringLiteral("connection refused"));
    case QNetworkReply::RemoteHostClosedError:
        return cannotReach(server, QStringLiteral("it closed the connection"));
    case QNetworkReply::HostNotFoundError:
        return cannotReach(server, QStringLiteral("there is no such host"));
    case QNetworkReply::TimeoutError:
    case QNetworkReply::OperationCanceledError:
        return cannotReach(server, QStringLiteral("it does not answer"));
    case QNetworkReply::SslHandshakeFailedError:
        return cannotReach(server, tlsReason(tls));
    case QNetworkReply::TemporaryNetworkFailureError:
    case QNetworkReply::NetworkSessionFailedError:
        return cannotReach(server, QStringLiteral("the network is down"));
    case QNetworkReply::InsecureRedirectError:
    case QNetworkReply::TooManyRedirectsError:
        return cannotReach(server, QStringLiteral("it redirects to another address"));
    default:
        return cannotReach(server, plain(detail));
    }
}

QString socketSentence(const QString &server, QAbstractSocket::SocketError error, const QList<QSslError> &tls,
    const QString &detail)
{
    switch (error) {
    case QAbstractSocket::ConnectionRefusedError:
        return cannotReach(server, QStringLiteral("connection refused"));
    case QAbstractSocket::RemoteHostClosedError:
        return cannotReach(server, QStringLiteral("it closed the connection"));
    case QAbstractSocket::HostNotFoundError:
        return cannotReach(server, QStringLiteral("there is no such host"));
    case QAbstractSocket::SocketTimeoutError:
        return cannotReach(server, QStringLiteral("it does not answer"));
    case QAbstractSocket::NetworkError:
        return cannotReach(server, QStringLiteral("the network is down"));
    case QAbstractSocket::SslHandshakeFailedError:
    case QAbstractSocket::SslInternalError:
    case QAbstractSocket::SslInvalidUserDataError:
        return cannotReach(server, tlsReason(tls));
    default:
        return cannotReach(server, plain(detail));
    }
}

QString certificateSentence(const QString &server, const QList<QSslError> &tls)
{
    return QStringLiteral("%1 cannot be trusted yet: %2.").arg(server, tlsReason(tls));
}

QString closeSentence(quint16 code)
{
    switch (CloseCode(code)) {
    case CloseCode::Normal:
        return QStringLiteral("The server closed the connection.");
    case CloseCode::GoingAway:
    case CloseCode::ServiceRestart:
        return QStringLiteral("The server is restarting.");
    case CloseCode::Abnormal:
        return QStringLiteral("The connection was lost.");
    case CloseCode::InternalError:
        return QStringLiteral("The server had an internal error.");
    case CloseCode::ProtocolError:
    case CloseCode::UnsupportedData:
    case CloseCode::InvalidPayload:
    case CloseCode::PolicyViolation:
        return QStringLiteral("The server does not accept this client.");
    case CloseCode::TooBig:
        return QStringLiteral("A message was too big for the connection.");
    case CloseCode::Unauthorized:
        return QStringLiteral("This log-in is no longer good. Log in again.");
    case CloseCode::SlowReader:
        return QStringLiteral("The connection was too slow to keep up.");
    default:
        return QStringLiteral("The server closed the connection (code %1).").arg(code);
    }
}

QString waitingForKeyring()
{
    return QStringLiteral("Waiting for this computer's keyring.");
}

Error unreachable(const QString &sentence)
{
    return {ErrorCode::Internal, sentence, QStringLiteral("server")};
}

} // namespace rookery::client
