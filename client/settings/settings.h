// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QSettings>
#include <QString>

namespace rookery::client {

enum class ThemeChoice {
    System, ///< follows the desktop, live where the platform tells
    Light,
    Dark,
};

/// Whether the log-in outlives the program. To one place somebody agreed, not to every other.
enum class KeepChoice { None, No, Keyring, File };

/// What the client remembers between two starts, in an INI file below the user's configuration folder. Each
/// profile has a file and a data folder of its own, so that several clients can run side by side. Never holds
/// a password or a token. Lives on the GUI thread; writes are buffered by QSettings.
class Settings
{
public:
    /// `profile` is empty for the ordinary one, else a name that isProfileName() accepts.
    explicit Settings(const QString &profile = {});

    /// 1–32 of a–z, A–Z, 0–9, `-` and `_`: what is safe in a file name everywhere.
    static bool isProfileName(const QString &name);

    /// Where this profile keeps its caches and its outbox; created by whoever writes there.
    QString dataDirectory() const;

    QString server() const;
    QString userName() const;
    void setLogin(const QString &server, const QString &userName);
    /// Whether the log-in was to be kept, the last time one could choose, and where.
    KeepChoice keepChoice() const;
    void setKeepChoice(KeepChoice choice);

    /// What client/api/trust.h keeps of the certificate that is trusted for `HOST:PORT`.
    QString trustedCertificate(const QString &server) const;
    void setTrustedCertificate(const QString &server, const QString &text);

    /// The room that was looked at last with this account, empty if none.
    QString lastRoom(const QString &server, const QString &userName) const;
    void setLastRoom(const QString &server, const QString &userName, const QString &roomId);

    QByteArray geometry() const;
    void setGeometry(const QByteArray &geometry);
    QByteArray splitter() const;
    void setSplitter(const QByteArray &state);
    bool membersShown() const;
    void setMembersShown(bool shown);

    ThemeChoice theme() const;
    void setTheme(ThemeChoice choice);

private:
    QString m_profile;
    mutable QSettings m_store;
};

} // namespace rookery::client
