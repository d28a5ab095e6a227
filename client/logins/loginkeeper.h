// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/logins/keyring.h"
#include "client/logins/loginfile.h"

#include <QList>

#include <memory>

namespace rookery::client {

/// Keeps the last log-in of a profile over the end of the program: its token in the keyring of the desktop,
/// or, where there is none, in a file that only the user can read. Lives on the GUI thread and never blocks
/// but for that small file. Errors' details are sentences.
class LoginKeeper : public QObject
{
    Q_OBJECT
public:
    enum class Place {
        Unknown, ///< not yet: placeKnown() follows
        Keyring,
        File,
    };

    /// The file lies in `directory`.
    LoginKeeper(const QString &directory, std::unique_ptr<Keyring> keyring, QObject *parent = nullptr);
    ~LoginKeeper() override;

    /// Where a log-in would be kept.
    Place place() const { return m_place; }
    QString filePath() const { return m_path; }

    /// What was kept last, empty if nothing. An error where what is there must not be used.
    Result<std::optional<KeptLogin>> recall() const;
    /// The token of what was recalled without one. NotFound: it is gone, and the log-in is forgotten.
    void readToken(const KeptLogin &login, QObject *context, std::function<void(Result<QByteArray>)> answer);
    /// In the place of what was kept before. On an error nothing is kept.
    void keep(const KeptLogin &login, QObject *context, std::function<void(Result<Nothing>)> answer);
    /// Notes with what is kept whether its server refuses it: it is not used unasked then.
    Result<Nothing> setRefused(bool refused);
    /// On an error something may be left.
    void forget(QObject *context, std::function<void(Result<Nothing>)> answer);

Q_SIGNALS:
    void placeKnown();

private:
    void onProbed(bool found);
    void write(const KeptLogin &login, QObject *context, std::function<void(Result<Nothing>)> answer);
    /// What a log-in's token is called in the keyring.
    QString nameOf(const KeptLogin &login) const;
    /// Deletes the file; what has to leave the keyring then, empty if nothing.
    Result<QString> removeFile();

    QString m_path;
    QString m_profile;
    std::unique_ptr<Keyring> m_keyring;
    Place m_place = Place::Unknown;
    QList<std::function<void()>> m_waiting; ///< until the place is known
    int m_change = 0; ///< counts what was wanted: only the last one does
    QString m_inKeyring; ///< what is to be there, empty if nothing
};

} // namespace rookery::client
