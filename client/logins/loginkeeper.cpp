// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/logins/loginkeeper.h"

#include <QDir>
#include <QPointer>

#include <utility>

namespace rookery::client {

LoginKeeper::LoginKeeper(const QString &directory, std::unique_ptr<Keyring> keyring, QObject *parent)
    : QObject(parent)
    , m_path(loginfile::path(directory))
    , m_profile(QDir(directory).dirName())
    , m_keyring(std::move(keyring))
{
    m_keyring->probe(this, [this](bool found) { onProbed(found); });
}

LoginKeeper::~LoginKeeper() = default;

void LoginKeeper::onProbed(bool found)
{
    if (m_place != Place::Unknown)
        return;
    m_place = found ? Place::Keyring : Place::File;
    const auto waiting = std::exchange(m_waiting, {});
    for (const auto &call : waiting)
        call();
    Q_EMIT placeKnown();
}

QString LoginKeeper::nameOf(const KeptLogin &login) const
{
    // Each profile has its own log-in, even for the same account.
    return QStringLiteral("%1 %2 %3").arg(m_profile, login.server.toString(), login.user.id);
}

Outcome<std::optional<KeptLogin>> LoginKeeper::recall() const
{
    return loginfile::read(m_path);
}

void LoginKeeper::readToken(
    const KeptLogin &login, QObject *context, std::function<void(Outcome<QByteArray>)> answer)
{
    m_keyring->read(nameOf(login), this,
        [this, change = m_change, guard = QPointer<QObject>(context), answer = std::move(answer)](
            Outcome<QByteArray> token) {
            if (token && token->isEmpty())
                token = Problem(Problem::KeyringLostLogIn);
            if (!token && token.error().kind == Problem::KeyringLostLogIn && change == m_change)
                [[maybe_unused]]
                const auto removed = loginfile::remove(m_path);
            if (guard)
                answer(std::move(token));
        });
}

void LoginKeeper::keep(const KeptLogin &login, QObject *context, std::function<void(Outcome<Nothing>)> answer)
{
    const int change = ++m_change;
    auto call = [this, change, login, guard = QPointer<QObject>(context), answer = std::move(answer)] {
        if (change == m_change)
            write(login, guard, answer);
    };
    if (m_place == Place::Unknown)
        m_waiting.append(std::move(call));
    else
        call();
}

void LoginKeeper::write(
    const KeptLogin &login, QObject *context, std::function<void(Outcome<Nothing>)> answer)
{
    const auto reply = [guard = QPointer<QObject>(context), answer = std::move(answer)](
                           Outcome<Nothing> done) {
        if (guard)
            answer(std::move(done));
    };
    // The old log-in is removed first: if something fails below, the next start must not open another
    // account.
    const auto old = removeFile();
    if (!old) {
        reply(old.error());
        return;
    }
    if (!old->isEmpty() && (m_place == Place::File || *old != nameOf(login)))
        m_keyring->remove(*old, this, [](const Outcome<Nothing> &) {});
    if (m_place == Place::File) {
        reply(loginfile::write(m_path, login));
        return;
    }
    m_inKeyring = nameOf(login);
    m_keyring->write(m_inKeyring, login.token, this,
        [this, change = m_change, login, reply](const Outcome<Nothing> &written) {
            if (!written) {
                reply(written.error());
                return;
            }
            if (change != m_change) {
                // Forgotten while the user was unlocking the keyring.
                if (m_inKeyring != nameOf(login))
                    m_keyring->remove(nameOf(login), this, [](const Outcome<Nothing> &) {});
                return;
            }
            KeptLogin account = login;
            account.token.clear();
            reply(loginfile::write(m_path, account));
        });
}

Outcome<QString> LoginKeeper::removeFile()
{
    const auto old = loginfile::read(m_path);
    const auto removed = loginfile::remove(m_path);
    if (!removed)
        return removed.error();
    return old && *old && (*old)->token.isEmpty() ? nameOf(**old) : QString();
}

Outcome<Nothing> LoginKeeper::setRefused(bool refused)
{
    const auto kept = loginfile::read(m_path);
    if (!kept)
        return kept.error();
    if (!*kept || (*kept)->refused == refused)
        return Nothing();
    KeptLogin login = **kept;
    login.refused = refused;
    return loginfile::write(m_path, login);
}

void LoginKeeper::forget(QObject *context, std::function<void(Outcome<Nothing>)> answer)
{
    ++m_change;
    m_inKeyring.clear();
    const auto old = removeFile();
    if (!old)
        answer(old.error());
    else if (old->isEmpty())
        answer(Nothing());
    else
        m_keyring->remove(*old, context, std::move(answer));
}

} // namespace rookery::client
