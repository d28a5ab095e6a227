// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/logins/keyring.h"

#include <QMap>
#include <QPointer>

namespace rookery::client {

/// A keyring in memory. Answers asynchronously, as the real one, or, while `isHeld`, when release() is
/// called.
class FakeKeyring : public Keyring
{
public:
    /// The secrets in the desktop's keyring.
    struct Desktop
    {
        bool isThere = true;
        bool isLocked = false;
        bool isHeld = false;
        QMap<QString, QByteArray> secrets;
        QList<std::function<void()>> held;

        void release()
        {
            isHeld = false;
            const auto calls = std::exchange(held, {});
            for (const auto &call : calls)
                call();
        }
    };

    explicit FakeKeyring(Desktop *desktop)
        : m_desktop(desktop)
    { }

    void probe(QObject *context, std::function<void(bool)> answer) override
    {
        later(context, [this, answer = std::move(answer)] { answer(m_desktop->isThere); });
    }
    void write(const QString &name, const QByteArray &secret, QObject *context,
        std::function<void(Outcome<Nothing>)> answer) override
    {
        later(context, [=, this] {
            if (m_desktop->isLocked) {
                answer(locked());
                return;
            }
            m_desktop->secrets.insert(name, secret);
            answer(Nothing());
        });
    }
    void read(const QString &name, QObject *context, std::function<void(Outcome<QByteArray>)> answer) override
    {
        later(context, [=, this] {
            if (m_desktop->isLocked)
                answer(locked());
            else if (m_desktop->secrets.contains(name))
                answer(m_desktop->secrets.value(name));
            else
                answer(Problem(Problem::KeyringLostLogIn));
        });
    }
    void remove(const QString &name, QObject *context, std::function<void(Outcome<Nothing>)> answer) override
    {
        later(context, [=, this] {
            if (m_desktop->isLocked) {
                answer(locked());
                return;
            }
            m_desktop->secrets.remove(name);
            answer(Nothing());
        });
    }

private:
    static Problem locked() { return Problem(Problem::KeyringLocked); }
    void later(QObject *context, std::function<void()> call)
    {
        auto guarded = [guard = QPointer<QObject>(context), call = std::move(call)] {
            if (guard)
                call();
        };
        if (m_desktop->isHeld)
            m_desktop->held.append(std::move(guarded));
        else
            QMetaObject::invokeMethod(context, std::move(guarded), Qt::QueuedConnection);
    }

    Desktop *m_desktop;
};

} // namespace rookery::client
