// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/stream/tlsfiles.h"

#include <QDir>
#include <QFile>
#include <QHostAddress>
#include <QSaveFile>
#include <QSysInfo>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace rookery::net {

namespace {

template <auto Free>
struct Freed
{
    template <typename T>
    void operator()(T *object) const
    {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

constexpr long tenYears = 60L * 60 * 24 * 3652;
constexpr long oneDay = 60L * 60 * 24; // clocks of clients may be behind

/// The host's name if a certificate can hold it.
QByteArray hostName()
{
    const QByteArray name = QSysInfo::machineHostName().toLatin1();
    const auto isNameChar = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
            || c == '.';
    };
    return std::all_of(name.begin(), name.end(), isNameChar) && name.size() <= 253 ? name : QByteArray();
}

bool addExtension(X509 *certificate, int nid, const QByteArray &value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.constData()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool addSerial(X509 *certificate)
{
    const Number serial(BN_new()); // RFC 5280 section 4.1.2.2: positive, unique, at most 20 bytes
    return serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
        && BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate));
}

Certificate makeCertificate(EVP_PKEY *key)
{
    Certificate certificate(X509_new());
    if (!certificate)
        return nullptr;
    X509 *const raw = certificate.get();
    QByteArray names = "DNS:localhost,IP:127.0.0.1,IP:::1";
    if (const QByteArray host = hostName(); !host.isEmpty() && host != "localhost")
        names += ",DNS:" + host;
    static const unsigned char commonName[] = "Rookery self-signed";
    X509_NAME *const subject = X509_get_subject_name(raw);
    const bool ok = X509_set_version(raw, X509_VERSION_3) == 1 && addSerial(raw)
        && X509_gmtime_adj(X509_getm_notBefore(raw), -oneDay)
        && X509_gmtime_adj(X509_getm_notAfter(raw), tenYears) && X509_set_pubkey(raw, key) == 1
        && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, commonName, -1, -1, 0) == 1
        && X509_set_issuer_name(raw, subject) == 1
        && addExtension(raw, NID_basic_constraints, "critical,CA:FALSE")
        && addExtension(raw, NID_ext_key_usage, "serverAuth")
        && addExtension(raw, NID_subject_alt_name, names) && X509_sign(raw, key, EVP_sha256()) > 0;
    return ok ? std::move(certificate) : nullptr;
}

QByteArray contents(BIO *memory)
{
    char *data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, qsizetype(size)};
}

/// Never leaves a partial file, and never makes a key readable by others, not even for a moment.
bool save(const QString &path, const QByteArray &pem, QFile::Permissions permissions, QString &why)
{
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.setPermissions(permissions) && file.write(pem) == pem.size()
        && file.commit())
        return true;
    why = file.errorString();
    return false;
}

} // namespace

Result<TlsFiles> ensureSelfSignedCertificate(const QString &directory)
{
    const QDir folder(directory);
    const TlsFiles files{folder.filePath(QStringLiteral("tls-certificate.pem")),
        folder.filePath(QStringLiteral("tls-key.pem"))};
    if (QFile::exists(files.certificate) && QFile::exists(files.key))
        return files;

    const auto failed = [&](const QString &why) {
        return Error{ErrorCode::Internal,
            QStringLiteral("A self-signed certificate cannot be made in %1: %2.").arg(directory, why)};
    };
    if (!folder.mkpath(QStringLiteral(".")))
        return failed(QStringLiteral("the directory cannot be made: %1")
                          .arg(QString::fromLocal8Bit(std::strerror(errno))));

    ERR_clear_error();
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = key ? makeCertificate(key.get()) : nullptr;
    const Memory keyPem(BIO_new(BIO_s_mem()));
    const Memory certificatePem(BIO_new(BIO_s_mem()));
    if (!certificate || !keyPem || !certificatePem
        || PEM_write_bio_PKCS8PrivateKey(keyPem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1
        || PEM_write_bio_X509(certificatePem.get(), certificate.get()) != 1) {
        ERR_clear_error();
        return failed(QStringLiteral("the TLS library refuses"));
    }

    QString why;
    // The key first: a certificate without a key would be taken for a broken pair.
    if (!save(files.key, contents(keyPem.get()), QFile::ReadOwner | QFile::WriteOwner, why)
        || !save(files.certificate, contents(certificatePem.get()),
            QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::ReadOther, why))
        return failed(why);
    return files;
}

} // namespace rookery::net
