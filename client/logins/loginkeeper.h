// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/logins/keyring.h"
#include "client/logins/loginfile.h"

#include <QList>

#include <memory>

namespace rookery::client {

/// Keeps the last log-in of a profile for the next start: its token in the desktop's keyring or, if there is
/// none, in a file that only the user can read. Lives on the GUI thread and never blocks, except for that
/// small file.
class LoginKeeper : public QObject
{
    Q_OBJECT
public:
    enum class Place {
        Unknown, ///< probing: placeKnown() follows
        Keyring,
        File,
    };

    /// The file is in `directory`.
    LoginKeeper(const QString &directory, std::unique_ptr<Keyring> keyring, QObject *parent = nullptr);
    ~LoginKeeper() override;

    /// Where a log-in would be stored.
    Place place() const { return m_place; }
    QString filePath() const { return m_path; }

    /// The kept log-in; nullopt if there is none. An error if the file must not be used.
    Outcome<std::optional<KeptLogin>> recall() const;
    /// The token of a recalled log-in that came without one. KeyringLostLogIn: it is gone, and the log-in is
    /// forgotten.
    void readToken(const KeptLogin &login, QObject *context, std::function<void(Outcome<QByteArray>)> answer);
    /// Replaces the kept log-in. On an error nothing is kept.
    void keep(const KeptLogin &login, QObject *context, std::function<void(Outcome<Nothing>)> answer);
    /// Records whether the server has refused the kept log-in: such a log-in is not used automatically.
    Outcome<Nothing> setRefused(bool refused);
    /// On an error some of it may remain.
    void forget(QObject *context, std::function<void(Outcome<Nothing>)> answer);

Q_SIGNALS:
    void placeKnown();

private:
    void onProbed(bool found);
    void write(const KeptLogin &login, QObject *context, std::function<void(Outcome<Nothing>)> answer);
    /// The name of a log-in's token in the keyring.
    QString nameOf(const KeptLogin &login) const;
    /// Deletes the file; returns the name of the secret to remove from the keyring, empty if none.
    Outcome<QString> removeFile();

    QString m_path;
    QString m_profile;
    std::unique_ptr<Keyring> m_keyring;
    Place m_place = Place::Unknown;
    QList<std::function<void()>> m_waiting; ///< until the place is known
    int m_change = 0; ///< counts requests: only the last one takes effect
    QString m_inKeyring; ///< the name that should be in the keyring, empty if none
};

} // namespace rookery::client
