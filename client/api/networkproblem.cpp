// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/networkproblem.h"

namespace rookery::client {

namespace {

Problem tlsFailed(const QString &server, const QList<QSslError> &tls)
{
    Problem problem = Problem::ofServer(Problem::TlsFailed, server);
    problem.fault = tlsFault(tls);
    return problem;
}

} // namespace

TlsFault tlsFault(const QList<QSslError> &errors)
{
    for (const QSslError &error : errors) {
        switch (error.error()) {
        case QSslError::SelfSignedCertificate:
        case QSslError::SelfSignedCertificateInChain:
            return TlsFault::SelfSigned;
        case QSslError::HostNameMismatch:
            return TlsFault::OtherHost;
        case QSslError::CertificateExpired:
            return TlsFault::Expired;
        case QSslError::CertificateNotYetValid:
            return TlsFault::NotYetValid;
        case QSslError::CertificateUntrusted:
        case QSslError::UnableToGetLocalIssuerCertificate:
        case QSslError::UnableToVerifyFirstCertificate:
            return TlsFault::UnknownAuthority;
        default:
            break;
        }
    }
    // What OpenSSL says of it is not for people.
    return TlsFault::Other;
}

Problem networkProblem(const QString &server, QNetworkReply::NetworkError error, const QList<QSslError> &tls,
    const QString &detail)
{
    switch (error) {
    case QNetworkReply::ConnectionRefusedError:
        return Problem::ofServer(Problem::ConnectionRefused, server);
    case QNetworkReply::RemoteHostClosedError:
        return Problem::ofServer(Problem::ConnectionClosed, server);
    case QNetworkReply::HostNotFoundError:
        return Problem::ofServer(Problem::HostNotFound, server);
    case QNetworkReply::TimeoutError:
    case QNetworkReply::OperationCanceledError:
        return Problem::ofServer(Problem::NoAnswer, server);
    case QNetworkReply::SslHandshakeFailedError:
        return tlsFailed(server, tls);
    case QNetworkReply::TemporaryNetworkFailureError:
    case QNetworkReply::NetworkSessionFailedError:
        return Problem::ofServer(Problem::NetworkDown, server);
    case QNetworkReply::InsecureRedirectError:
    case QNetworkReply::TooManyRedirectsError:
        return Problem::ofServer(Problem::Redirected, server);
    default:
        return Problem::ofServer(Problem::NetworkFailed, server, detail);
    }
}

Problem socketProblem(const QString &server, QAbstractSocket::SocketError error, const QList<QSslError> &tls,
    const QString &detail)
{
    switch (error) {
    case QAbstractSocket::ConnectionRefusedError:
        return Problem::ofServer(Problem::ConnectionRefused, server);
    case QAbstractSocket::RemoteHostClosedError:
        return Problem::ofServer(Problem::ConnectionClosed, server);
    case QAbstractSocket::HostNotFoundError:
        return Problem::ofServer(Problem::HostNotFound, server);
    case QAbstractSocket::SocketTimeoutError:
        return Problem::ofServer(Problem::NoAnswer, server);
    case QAbstractSocket::NetworkError:
        return Problem::ofServer(Problem::NetworkDown, server);
    case QAbstractSocket::SslHandshakeFailedError:
    case QAbstractSocket::SslInternalError:
    case QAbstractSocket::SslInvalidUserDataError:
        return tlsFailed(server, tls);
    default:
        return Problem::ofServer(Problem::NetworkFailed, server, detail);
    }
}

} // namespace rookery::client
