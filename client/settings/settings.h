// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QSettings>
#include <QString>

namespace rookery::client {

enum class ThemeChoice {
    System, ///< follows the desktop, live if the platform reports changes
    Light,
    Dark,
};

/// Whether to keep the log-in. Consent for one place does not extend to another.
enum class KeepChoice { None, No, Keyring, File };

/// What the client remembers between two starts, in an INI file in the user's configuration folder. Each
/// profile has its own file and data folder, so that several clients can run side by side. Never contains a
/// password or a token. Lives on the GUI thread; writes are buffered by QSettings.
class Settings
{
public:
    /// `profile` is empty for the default profile, otherwise a name that isProfileName() accepts.
    explicit Settings(const QString &profile = {});

    /// 1–32 characters of a–z, A–Z, 0–9, `-` and `_`: safe in file names on every system.
    static bool isProfileName(const QString &name);

    /// The folder of this profile's caches and outbox; created by those who write there.
    QString dataDirectory() const;

    QString server() const;
    QString userName() const;
    void setLogin(const QString &server, const QString &userName);
    /// Whether and where to keep the log-in, as last chosen.
    KeepChoice keepChoice() const;
    void setKeepChoice(KeepChoice choice);

    /// The certificate trusted for `HOST:PORT`, in the format of client/api/trust.h.
    QString trustedCertificate(const QString &server) const;
    void setTrustedCertificate(const QString &server, const QString &text);

    /// The last room opened with this account, empty if none.
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
