// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QObject>
#include <QProcess>

#include <functional>
#include <memory>
#include <optional>

namespace rookery::faults {

/// A rookery-headless that is killed and restarted on one cache. Lives on the main thread.
class DesktopProcess : public QObject
{
    Q_OBJECT
public:
    DesktopProcess(QString program, QStringList arguments);
    /// kill -9.
    ~DesktopProcess() override;

    /// Starts it, and waits until the session is ready; false if that fails.
    bool start();
    bool isRunning() const { return m_process != nullptr; }
    void kill();
    /// Closes its input and waits for a clean exit.
    bool end();

    void type(const QString &room, const QString &text);
    /// What it shows; sends the request and waits. nullopt if the client does not answer. `whole`: after it
    /// has loaded all of the history.
    std::optional<QJsonObject> report(bool whole = false);

    /// The end of its standard error.
    QByteArray complaints() const { return m_complaints; }

Q_SIGNALS:
    void typed(const QString &text);
    void refused(const QString &text);

private:
    void write(const QJsonObject &command);
    void readAll();
    bool waitFor(const std::function<bool()> &condition, int milliseconds);

    QString m_program;
    QStringList m_arguments;
    std::unique_ptr<QProcess> m_process;
    bool m_started = false;
    std::optional<QJsonObject> m_report;
    QByteArray m_complaints;
};

} // namespace rookery::faults
