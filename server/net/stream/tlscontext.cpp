// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/stream/tlscontext.h"

#include <QFile>
#include <QFileInfo>

#include <ctime>
#include <optional>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>

namespace rookery::net {

namespace {

QString libraryReason()
{
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char *text = code ? ERR_reason_error_string(code) : nullptr;
    return text ? QString::fromLatin1(text) : QStringLiteral("unknown reason");
}

Error unusable(const QString &what, const QString &path, const QString &why)
{
    return {ErrorCode::InvalidField, QStringLiteral("The TLS %1 %2 cannot be used: %3.").arg(what, path, why),
        what};
}

/// By default OpenSSL asks the terminal for the pass phrase, and the daemon would hang. `asked` points to a
/// bool.
int refusePassPhrase(char *, int, int, void *asked)
{
    *static_cast<bool *>(asked) = true;
    return -1;
}

std::optional<QDateTime> timeOf(const ASN1_TIME *time)
{
    std::tm parts = {};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return std::nullopt;
    return QDateTime::fromSecsSinceEpoch(qint64(::timegm(&parts))).toUTC();
}

/// What is wrong with a certificate's validity period; empty: nothing.
QString timeProblem(const X509 *certificate, const QDateTime &now)
{
    constexpr int soonDays = 14;
    const auto shown = [](const QDateTime &time) {
        return time.toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")) + QStringLiteral(" UTC");
    };
    const auto from = timeOf(X509_get0_notBefore(certificate));
    const auto until = timeOf(X509_get0_notAfter(certificate));
    if (!from || !until)
        return QStringLiteral("does not say from when to when it is valid: clients will refuse it.");
    if (now > *until)
        return QStringLiteral("expired on %1: clients refuse it. Put a new one in its place and restart "
                              "rookeryd.")
            .arg(shown(*until));
    if (now < *from)
        return QStringLiteral("is not valid before %1: clients refuse it until then. Is this machine's clock "
                              "right?")
            .arg(shown(*from));
    if (now.addDays(soonDays) > *until)
        return QStringLiteral("expires on %1. Put a new one in its place and restart rookeryd before that.")
            .arg(shown(*until));
    return {};
}

/// For TLS 1.2: only forward secrecy and authenticated encryption. All suites of TLS 1.3 have both.
constexpr char suites[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// ALPN: only HTTP/1.1 is supported. A client that offers other protocols only gets the alert
/// no_application_protocol (RFC 7301 section 3.2); a client that offers none is served.
int chooseProtocol(SSL *, const unsigned char **out, unsigned char *outLength, const unsigned char *in,
    unsigned int inLength, void *)
{
    static constexpr unsigned char http11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char *chosen = nullptr;
    if (SSL_select_next_proto(&chosen, outLength, http11, sizeof http11, in, inLength)
        != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

} // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::load(const TlsFiles &files)
{
    for (const auto &[what, path] : {std::pair(QStringLiteral("certificate"), files.certificate),
             std::pair(QStringLiteral("key"), files.key)}) {
        // Opening a FIFO would block the daemon until somebody writes into it.
        if (QFileInfo::exists(path) && !QFileInfo(path).isFile())
            return unusable(what, path, QStringLiteral("it is not a regular file"));
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            return unusable(what, path, file.errorString());
    }
    if (QFile::permissions(files.key) & (QFile::ReadOther | QFile::WriteOther))
        return unusable(QStringLiteral("key"), files.key,
            QStringLiteral("everybody on this machine can read it (chmod o= takes that away)"));

    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context)
        return Error{ErrorCode::Internal, QStringLiteral("TLS cannot be set up: %1.").arg(libraryReason())};
    std::shared_ptr<TlsContext> tls(new TlsContext(context));
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    if (SSL_CTX_set_cipher_list(context, suites) != 1)
        return Error{
            ErrorCode::Internal, QStringLiteral("TLS has no usable cipher suite: %1.").arg(libraryReason())};
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context,
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, chooseProtocol, nullptr);

    bool asked = false;
    SSL_CTX_set_default_passwd_cb(context, refusePassPhrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
    const bool hasCertificate =
        SSL_CTX_use_certificate_chain_file(context, QFile::encodeName(files.certificate).constData()) == 1;
    const bool hasKey = hasCertificate
        && SSL_CTX_use_PrivateKey_file(context, QFile::encodeName(files.key).constData(), SSL_FILETYPE_PEM)
            == 1;
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    SSL_CTX_set_default_passwd_cb(context, nullptr);
    if (!hasKey && asked) {
        ERR_clear_error();
        const QString path = hasCertificate ? files.key : files.certificate;
        return unusable(hasCertificate ? QStringLiteral("key") : QStringLiteral("certificate"), path,
            QStringLiteral("it has a pass phrase, and the daemon asks nobody for one. A copy without: "
                           "openssl pkey -in %1 -out NEW, with mode 0600")
                .arg(path));
    }
    if (!hasCertificate)
        return unusable(QStringLiteral("certificate"), files.certificate, libraryReason());
    if (const int reason = ERR_GET_REASON(ERR_peek_error());
        !hasKey && (reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH)) {
        ERR_clear_error();
        return unusable(QStringLiteral("key"), files.key,
            QStringLiteral("it does not belong to %1").arg(files.certificate));
    }
    if (!hasKey)
        return unusable(QStringLiteral("key"), files.key, libraryReason());
    if (SSL_CTX_check_private_key(context) != 1)
        return unusable(QStringLiteral("key"), files.key,
            QStringLiteral("it does not belong to %1").arg(files.certificate));
    return tls;
}

Result<QStringList> checkTlsFiles(const TlsFiles &files, const QDateTime &now)
{
    const auto loaded = TlsContext::load(files);
    if (!loaded)
        return loaded.error();
    return (*loaded)->warnings(files.certificate, now);
}

TlsContext::~TlsContext()
{
    SSL_CTX_free(m_context);
}

QStringList TlsContext::warnings(const QString &path, const QDateTime &now) const
{
    QStringList sentences;
    if (const QString problem = timeProblem(SSL_CTX_get0_certificate(m_context), now); !problem.isEmpty())
        sentences.append(QStringLiteral("The TLS certificate %1 %2").arg(path, problem));
    STACK_OF(X509) *chain = nullptr;
    SSL_CTX_get0_chain_certs(m_context, &chain);
    for (int i = 0; chain && i < sk_X509_num(chain); ++i) {
        if (const QString problem = timeProblem(sk_X509_value(chain, i), now); !problem.isEmpty())
            sentences.append(QStringLiteral("An issuer's certificate in %1 %2").arg(path, problem));
    }
    return sentences;
}

int TlsContext::handshakeCost() const
{
    const EVP_PKEY *key = SSL_CTX_get0_privatekey(m_context);
    if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
        return 1;
    const int bits = EVP_PKEY_get_bits(key);
    return bits <= 2048 ? 2 : bits <= 3072 ? 4 : 8;
}

ssl_st *TlsContext::newSession(int descriptor) const
{
    SSL *session = SSL_new(m_context);
    if (!session)
        return nullptr;
    if (SSL_set_fd(session, descriptor) != 1) {
        SSL_free(session);
        return nullptr;
    }
    SSL_set_accept_state(session);
    return session;
}

} // namespace rookery::net
