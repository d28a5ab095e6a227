#include "server/net/tlscontext.h"

#include <QFile>

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
    return {
        ErrorCode::InvalidField, QStringLiteral("The TLS %1 %2 cannot be used: %3.").arg(what, path, why)};
}

/// Forward secrecy and authenticated encryption only, of TLS 1.2; all suites of TLS 1.3 are of that kind.
constexpr char suites[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// ALPN: HTTP/1.1 is all there is. A client that offers protocols, but not this one, is told so by the alert
/// no_application_protocol (RFC 7301 section 3.2); one that offers none is served.
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

    if (SSL_CTX_use_certificate_chain_file(context, QFile::encodeName(files.certificate).constData()) != 1)
        return unusable(QStringLiteral("certificate"), files.certificate, libraryReason());
    const bool hasKey =
        SSL_CTX_use_PrivateKey_file(context, QFile::encodeName(files.key).constData(), SSL_FILETYPE_PEM) == 1;
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

Result<Nothing> checkTlsFiles(const TlsFiles &files)
{
    const auto loaded = TlsContext::load(files);
    if (!loaded)
        return loaded.error();
    return Nothing();
}

TlsContext::~TlsContext()
{
    SSL_CTX_free(m_context);
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
