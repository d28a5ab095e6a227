// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/settings/settings.h"

#include <QCryptographicHash>
#include <QRegularExpression>
#include <QStandardPaths>

namespace rookery::client {

namespace {

QString fileName(const QString &profile)
{
    return profile.isEmpty() ? QStringLiteral("rookery") : QStringLiteral("rookery-%1").arg(profile);
}

/// Server and user name are free text; their hash contains none of QSettings' separators.
QString roomKey(const QString &server, const QString &userName)
{
    const QByteArray account = server.toUtf8() + '\n' + userName.toUtf8();
    return QStringLiteral("rooms/")
        + QString::fromLatin1(QCryptographicHash::hash(account, QCryptographicHash::Sha256).toHex().left(32));
}

} // namespace

Settings::Settings(const QString &profile)
    : m_profile(profile)
    , m_store(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("rookery"), fileName(profile))
{
    Q_ASSERT(profile.isEmpty() || isProfileName(profile));
}

bool Settings::isProfileName(const QString &name)
{
    static const QRegularExpression pattern(QStringLiteral("\\A[A-Za-z0-9_-]{1,32}\\z"));
    return pattern.match(name).hasMatch();
}

QString Settings::dataDirectory() const
{
    const QString base =
        QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/rookery");
    return m_profile.isEmpty() ? base + QStringLiteral("/client")
                               : base + QStringLiteral("/client-") + m_profile;
}

QString Settings::server() const
{
    return m_store.value(QStringLiteral("login/server")).toString();
}

QString Settings::userName() const
{
    return m_store.value(QStringLiteral("login/user")).toString();
}

void Settings::setLogin(const QString &server, const QString &userName)
{
    m_store.setValue(QStringLiteral("login/server"), server);
    m_store.setValue(QStringLiteral("login/user"), userName);
}

KeepChoice Settings::keepChoice() const
{
    const QString choice = m_store.value(QStringLiteral("login/keep")).toString();
    if (choice == QLatin1String("keyring"))
        return KeepChoice::Keyring;
    if (choice == QLatin1String("file"))
        return KeepChoice::File;
    return choice == QLatin1String("no") ? KeepChoice::No : KeepChoice::None;
}

void Settings::setKeepChoice(KeepChoice choice)
{
    const QString text = choice == KeepChoice::Keyring ? QStringLiteral("keyring")
        : choice == KeepChoice::File                   ? QStringLiteral("file")
        : choice == KeepChoice::No                     ? QStringLiteral("no")
                                                       : QString();
    m_store.setValue(QStringLiteral("login/keep"), text);
}

QString Settings::trustedCertificate(const QString &server) const
{
    return m_store.value(QStringLiteral("certificates/") + server).toString();
}

void Settings::setTrustedCertificate(const QString &server, const QString &text)
{
    m_store.setValue(QStringLiteral("certificates/") + server, text);
}

QString Settings::lastRoom(const QString &server, const QString &userName) const
{
    return m_store.value(roomKey(server, userName)).toString();
}

void Settings::setLastRoom(const QString &server, const QString &userName, const QString &roomId)
{
    m_store.setValue(roomKey(server, userName), roomId);
}

QByteArray Settings::geometry() const
{
    return m_store.value(QStringLiteral("window/geometry")).toByteArray();
}

void Settings::setGeometry(const QByteArray &geometry)
{
    m_store.setValue(QStringLiteral("window/geometry"), geometry);
}

QByteArray Settings::splitter() const
{
    return m_store.value(QStringLiteral("window/splitter")).toByteArray();
}

void Settings::setSplitter(const QByteArray &state)
{
    m_store.setValue(QStringLiteral("window/splitter"), state);
}

bool Settings::membersShown() const
{
    return m_store.value(QStringLiteral("window/members"), true).toBool();
}

void Settings::setMembersShown(bool shown)
{
    m_store.setValue(QStringLiteral("window/members"), shown);
}

ThemeChoice Settings::theme() const
{
    const QString choice = m_store.value(QStringLiteral("window/theme")).toString();
    if (choice == QLatin1String("light"))
        return ThemeChoice::Light;
    if (choice == QLatin1String("dark"))
        return ThemeChoice::Dark;
    return ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice choice)
{
    const QString text = choice == ThemeChoice::Light ? QStringLiteral("light")
        : choice == ThemeChoice::Dark                 ? QStringLiteral("dark")
                                                      : QStringLiteral("system");
    m_store.setValue(QStringLiteral("window/theme"), text);
}

} // namespace rookery::client
