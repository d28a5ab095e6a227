// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/config/config.h"

#include <QObject>
#include <QUrl>

#include <memory>

namespace rookery {

/// The composition root: makes the parts in order, starts them, and takes them down in the opposite order.
/// Lives on the main thread.
class Application : public QObject
{
    Q_OBJECT
public:
    explicit Application(config::Config config, QObject *parent = nullptr);
    ~Application() override;

    /// Opens data, store and key, brings the schema up to date, and then the listeners. Blocks until ready or
    /// failed; the Error is a sentence for the operator.
    Result<QList<QUrl>> start();

    /// Stops accepting, tells the clients to come back later (close code 1012), finishes what was accepted
    /// and emits stopped(), within ten seconds at most. Calling it again does nothing.
    void stop();

Q_SIGNALS:
    void stopped();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace rookery
