// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/auth/tokensigner.h"

#include <array>
#include <optional>
#include <unordered_map>

namespace rookery::auth {

/// Tokens that a TokenSigner has accepted. A client sends the same token with every request, and checking it
/// costs as much as the rest of a small request. A token is stored as a 128-bit SipHash under a key of this
/// cache. Without the key nobody can make another token with the same hash, so a token that was never checked
/// is never accepted. Times are checked on each use. Whether the session still exists is not checked here.
///
/// Bounded. Only accepted tokens are stored, so filling it takes that many sessions. When it is full, it
/// drops the least recently used half. For one thread.
class TokenCache
{
public:
    /// `signer` outlives it. No more than `capacity` (at least 2) tokens are kept, about 400 bytes each.
    explicit TokenCache(const TokenSigner *signer, size_t capacity = 8192);

    /// Same result as TokenSigner::verify().
    Result<Claims> verify(const QByteArray &token, qint64 now = QDateTime::currentSecsSinceEpoch());

    size_t size() const { return m_recent.size() + m_older.size(); }

private:
    using Tag = std::array<unsigned char, 16>;
    struct TagHash
    {
        size_t operator()(const Tag &tag) const;
    };
    using Generation = std::unordered_map<Tag, Claims, TagHash>;

    Tag tagOf(const QByteArray &token) const;
    const Claims *find(const Tag &tag);
    const Claims &keep(const Tag &tag, Claims claims);

    const TokenSigner *m_signer;
    size_t m_generationSize;
    std::array<unsigned char, 16> m_key;
    Generation m_recent; ///< used since the last change of generations
    Generation m_older;
};

} // namespace rookery::auth
