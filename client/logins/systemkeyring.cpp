// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/logins/systemkeyring.h"

#ifdef ROOKERY_KEYCHAIN
#include <QDBusConnection>
#include <QDBusMessage>
#include <QThread>

#include <qt6keychain/keychain.h>

#include <algorithm>
#endif

namespace rookery::client {

namespace {

#ifdef ROOKERY_KEYCHAIN

const QString ownName = QStringLiteral("rookery");
constexpr int busPatience = 2'000; // milliseconds

/// Asks D-Bus whether a keyring is running. One that would have to be started first, and would then ask the
/// user to make up a password, counts only on KDE, which starts its own on demand. In a thread, because
/// connecting to a bus blocks.
class Probe : public QThread
{
public:
    bool isFound() const { return m_found; }

private:
    void run() override
    {
        const QString name = QStringLiteral("rookery-keyring");
        {
            QDBusConnection bus = QDBusConnection::connectToBus(QDBusConnection::SessionBus, name);
            const auto isKWallet = [](const QString &service) {
                return service.startsWith(QLatin1String("org.kde.kwalletd"));
            };
            const QStringList running = names(bus, QStringLiteral("ListNames"));
            m_found = running.contains(QLatin1String("org.freedesktop.secrets"))
                || std::any_of(running.begin(), running.end(), isKWallet);
            if (!m_found && qgetenv("XDG_CURRENT_DESKTOP").contains("KDE")) {
                const QStringList known = names(bus, QStringLiteral("ListActivatableNames"));
                m_found = std::any_of(known.begin(), known.end(), isKWallet);
            }
        }
        QDBusConnection::disconnectFromBus(name);
    }
    static QStringList names(const QDBusConnection &bus, const QString &question)
    {
        if (!bus.isConnected())
            return {};
        const QDBusMessage reply = bus.call(
            QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.DBus"),
                QStringLiteral("/org/freedesktop/DBus"), QStringLiteral("org.freedesktop.DBus"), question),
            QDBus::Block, busPatience);
        return reply.arguments().value(0).toStringList();
    }

    bool m_found = false;
};

Problem problemOf(const QKeychain::Job *job)
{
    switch (job->error()) {
    case QKeychain::EntryNotFound:
        return Problem(Problem::KeyringLostLogIn);
    case QKeychain::AccessDeniedByUser:
    case QKeychain::AccessDenied:
        return Problem(Problem::KeyringLocked);
    default:
        return Problem(Problem::KeyringUnusable);
    }
}

class SystemKeyring : public Keyring
{
public:
    void probe(QObject *context, std::function<void(bool)> answer) override
    {
        // No parent: a bus that does not answer must not delay the end of the program.
        auto *probe = new Probe;
        connect(probe, &QThread::finished, context,
            [probe, answer = std::move(answer)] { answer(probe->isFound()); });
        connect(probe, &QThread::finished, probe, &QObject::deleteLater);
        probe->start();
    }

    void write(const QString &name, const QByteArray &secret, QObject *context,
        std::function<void(Outcome<Nothing>)> answer) override
    {
        auto *job = new QKeychain::WritePasswordJob(ownName);
        // As text, which other desktop programs can show.
        job->setTextData(QString::fromUtf8(secret));
        start(job, name, context, [answer = std::move(answer)](QKeychain::Job *done) {
            answer(done->error() == QKeychain::NoError ? Outcome<Nothing>(Nothing()) : problemOf(done));
        });
    }

    void read(const QString &name, QObject *context, std::function<void(Outcome<QByteArray>)> answer) override
    {
        auto *job = new QKeychain::ReadPasswordJob(ownName);
        start(job, name, context, [job, answer = std::move(answer)](QKeychain::Job *done) {
            if (done->error() != QKeychain::NoError)
                answer(problemOf(done));
            else
                answer(job->textData().toUtf8());
        });
    }

    void remove(const QString &name, QObject *context, std::function<void(Outcome<Nothing>)> answer) override
    {
        auto *job = new QKeychain::DeletePasswordJob(ownName);
        start(job, name, context, [answer = std::move(answer)](QKeychain::Job *done) {
            // Deleting a missing secret succeeds.
            const bool isGone =
                done->error() == QKeychain::NoError || done->error() == QKeychain::EntryNotFound;
            answer(isGone ? Outcome<Nothing>(Nothing()) : problemOf(done));
        });
    }

private:
    void start(QKeychain::Job *job, const QString &name, QObject *context,
        std::function<void(QKeychain::Job *)> done)
    {
        job->setAutoDelete(true);
        job->setInsecureFallback(false);
        job->setKey(name);
        connect(job, &QKeychain::Job::finished, context, std::move(done));
        job->start();
    }
};

#else

class NoKeyring : public Keyring
{
public:
    void probe(QObject *context, std::function<void(bool)> answer) override
    {
        later(context, [answer = std::move(answer)] { answer(false); });
    }
    void write(const QString &, const QByteArray &, QObject *context,
        std::function<void(Outcome<Nothing>)> answer) override
    {
        later(context, [answer = std::move(answer)] { answer(none()); });
    }
    void read(const QString &, QObject *context, std::function<void(Outcome<QByteArray>)> answer) override
    {
        later(context, [answer = std::move(answer)] { answer(none()); });
    }
    void remove(const QString &, QObject *context, std::function<void(Outcome<Nothing>)> answer) override
    {
        later(context, [answer = std::move(answer)] { answer(none()); });
    }

private:
    static Problem none() { return Problem(Problem::NoKeyring); }
    static void later(QObject *context, const std::function<void()> &call)
    {
        QMetaObject::invokeMethod(context, call, Qt::QueuedConnection);
    }
};

#endif

} // namespace

std::unique_ptr<Keyring> systemKeyring()
{
#ifdef ROOKERY_KEYCHAIN
    return std::make_unique<SystemKeyring>();
#else
    return std::make_unique<NoKeyring>();
#endif
}

} // namespace rookery::client
