// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/auth/tokensigner.h"

#include <array>
#include <optional>
#include <unordered_map>

namespace rookery::auth {

/// Tokens that a TokenSigner has found good: a client sends the same one with its every request, and checking
/// it costs as much as all the rest of a small one. What is kept of a token is a 128-bit
/// SipHash under a key of this cache's own: nobody without the key can make another token that has the same,
/// so one that was never checked is never believed. Times are looked at anew in each use; whether the session
/// still lives is not asked here at all.
///
/// Bounded, and only good tokens get in, so nobody can fill it without that many sessions. Of those that do
/// not fit, it forgets the ones that have not been used for longest, half of it at a time. For one thread.
class TokenCache
{
public:
    /// `signer` outlives it. No more than `capacity` (at least 2) tokens are kept, about 400 bytes each.
    explicit TokenCache(const TokenSigner *signer, size_t capacity = 8192);

    /// What TokenSigner::verify() says.
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
