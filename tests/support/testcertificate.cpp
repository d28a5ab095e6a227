// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/testcertificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace rookery::test {

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

QByteArray contents(BIO *memory)
{
    char *data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, qsizetype(size)};
}

} // namespace

TestCertificate makeCertificate(const QByteArray &commonName, const QDateTime &from, const QDateTime &until)
{
    const std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Freed<X509_free>> made(X509_new());
    if (!key || !made)
        return TestCertificate();
    X509 *const raw = made.get();
    X509_NAME *const name = X509_get_subject_name(raw);
    X509_set_version(raw, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(raw), quint64(qHash(commonName)) | 1);
    ASN1_TIME_set(X509_getm_notBefore(raw), from.toSecsSinceEpoch());
    ASN1_TIME_set(X509_getm_notAfter(raw), until.toSecsSinceEpoch());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
        reinterpret_cast<const unsigned char *>(commonName.constData()), int(commonName.size()), -1, 0);
    X509_set_issuer_name(raw, name);
    X509_set_pubkey(raw, key.get());
    const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1"));
    if (!names || X509_add_ext(raw, names.get(), -1) != 1 || X509_sign(raw, key.get(), EVP_sha256()) <= 0)
        return TestCertificate();
    const std::unique_ptr<BIO, Freed<BIO_free_all>> certificatePem(BIO_new(BIO_s_mem()));
    const std::unique_ptr<BIO, Freed<BIO_free_all>> keyPem(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_X509(certificatePem.get(), raw) != 1
        || PEM_write_bio_PrivateKey(keyPem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return TestCertificate();
    return {QSslCertificate(contents(certificatePem.get())), QSslKey(contents(keyPem.get()), QSsl::Ec)};
}

} // namespace rookery::test
