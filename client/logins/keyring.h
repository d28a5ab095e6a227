// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/outcome.h"

#include <QByteArray>
#include <QObject>
#include <QString>

#include <functional>

namespace rookery::client {

/// Stores secrets by name in the desktop's keyring. Lives on the GUI thread and never blocks; an answer may
/// take until the user has unlocked the keyring. Answers are not delivered once `context` is destroyed.
/// KeyringLostLogIn: there is no such secret.
class Keyring : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// Whether a keyring exists; answered within a few seconds, without prompting the user.
    virtual void probe(QObject *context, std::function<void(bool)> answer) = 0;
    virtual void write(const QString &name, const QByteArray &secret, QObject *context,
        std::function<void(Outcome<Nothing>)> answer) = 0;
    virtual void read(
        const QString &name, QObject *context, std::function<void(Outcome<QByteArray>)> answer) = 0;
    virtual void remove(
        const QString &name, QObject *context, std::function<void(Outcome<Nothing>)> answer) = 0;
};

} // namespace rookery::client
