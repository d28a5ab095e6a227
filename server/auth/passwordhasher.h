// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/threads/postbox.h"

#include <QObject>
#include <QString>
#include <QStringList>

#include <functional>
#include <memory>

namespace rookery::auth {

/// Argon2id by libsodium (crypto_pwhash_str: RFC 9106, 19 MiB, t=2, p=1) on a pool as wide as the cores,
/// never on the caller's thread. Answers come on the thread of `context`, from its event loop, and not once
/// it is destroyed. At the bound of the queue: Overloaded. Thread-safe.
class PasswordHasher
{
public:
    /// `postboxes`: whose boxes the answers go into.
    explicit PasswordHasher(int queueBound,
        std::shared_ptr<threads::Postboxes> postboxes = std::make_shared<threads::Postboxes>());
    /// Waits for the hashes under way; what is queued behind them is dropped.
    ~PasswordHasher();

    void hash(const QString &password, QObject *context, std::function<void(Result<QString>)> done);
    /// Whether the password is the hash's. An empty hash (unknown user) takes as long as a real one and
    /// answers false, so that the two cannot be told apart by the clock.
    void verify(const QString &password, const QString &hash, QObject *context,
        std::function<void(Result<bool>)> done);
    /// Whether one of the spellings is. All are compared, whichever matches, so that the time depends on the
    /// spellings alone.
    void verify(const QStringList &spellings, const QString &hash, QObject *context,
        std::function<void(Result<bool>)> done);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace rookery::auth
