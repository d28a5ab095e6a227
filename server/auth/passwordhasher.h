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

/// Argon2id by libsodium (crypto_pwhash_str: RFC 9106, 19 MiB, t=2, p=1) on a pool with one thread per core,
/// never on the caller's thread. Results are delivered on the thread of `context`, from its event loop, and
/// not after `context` is destroyed. Error when the queue is full: Overloaded. Thread-safe.
class PasswordHasher
{
public:
    /// `postboxes`: the boxes that results are posted to.
    explicit PasswordHasher(int queueBound,
        std::shared_ptr<threads::Postboxes> postboxes = std::make_shared<threads::Postboxes>());
    /// Waits for the hashes in progress; queued ones are dropped.
    ~PasswordHasher();

    void hash(const QString &password, QObject *context, std::function<void(Result<QString>)> done);
    /// Whether the password matches the hash. An empty hash (unknown user) takes as long as a real one and
    /// yields false, so that timing does not reveal whether the user exists.
    void verify(const QString &password, const QString &hash, QObject *context,
        std::function<void(Result<bool>)> done);
    /// Whether one of the spellings matches. All are compared even after a match, so that the time depends
    /// only on the number of spellings.
    void verify(const QStringList &spellings, const QString &hash, QObject *context,
        std::function<void(Result<bool>)> done);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace rookery::auth
