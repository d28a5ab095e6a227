// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/tokencache.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace rookery::auth {

TokenCache::TokenCache(const TokenSigner *signer, size_t capacity)
    : m_signer(signer)
    , m_generationSize(std::max<size_t>(1, capacity / 2))
{
    if (sodium_init() < 0)
        qFatal("libsodium could not be initialised");
    randombytes_buf(m_key.data(), m_key.size());
}

Result<Claims> TokenCache::verify(const QByteArray &token, qint64 now)
{
    const Tag tag = tagOf(token);
    if (const Claims *known = find(tag); known && known->holdAt(now))
        return *known;
    auto verified = m_signer->verify(token, now);
    if (verified)
        keep(tag, *verified);
    return verified;
}

TokenCache::Tag TokenCache::tagOf(const QByteArray &token) const
{
    static_assert(std::tuple_size_v<Tag> == crypto_shorthash_siphashx24_BYTES);
    static_assert(std::tuple_size_v<decltype(m_key)> == crypto_shorthash_siphashx24_KEYBYTES);
    Tag tag;
    crypto_shorthash_siphashx24(tag.data(), reinterpret_cast<const unsigned char *>(token.constData()),
        static_cast<unsigned long long>(token.size()), m_key.data());
    return tag;
}

const Claims *TokenCache::find(const Tag &tag)
{
    if (const auto recent = m_recent.find(tag); recent != m_recent.end())
        return &recent->second;
    auto older = m_older.extract(tag);
    return older.empty() ? nullptr : &keep(tag, std::move(older.mapped()));
}

const Claims &TokenCache::keep(const Tag &tag, Claims claims)
{
    if (m_recent.size() >= m_generationSize) {
        m_older = std::move(m_recent);
        m_recent.clear();
    }
    return m_recent.insert_or_assign(tag, std::move(claims)).first->second;
}

size_t TokenCache::TagHash::operator()(const Tag &tag) const
{
    size_t hash = 0; // the tag is already a hash
    std::memcpy(&hash, tag.data(), sizeof hash);
    return hash;
}

} // namespace rookery::auth
