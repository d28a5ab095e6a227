// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QJsonArray>
#include <QList>
#include <QString>
#include <QStringList>

namespace rookery::faults {

/// A message typed into a client.
struct Typed
{
    QString sender; ///< user name
    QString room; ///< id
    QString text; ///< unique
    /// The client confirmed that it has the message. False: it was killed before it could, for example
    /// between the key press and the display. Such a message may be delivered or not, but not twice.
    bool isSure = false;
};

/// One message of a room, as the server or a client shows it.
struct Shown
{
    qint64 seq = 0;
    QString clientId;
    QString sender;
    QString text;
    QString delivery = QStringLiteral("sent");
};

/// Compares typed messages with a room's log and with what clients show. Pure.
class DeliveryCheck
{
public:
    /// In the order of typing.
    void typed(const Typed &message) { m_typed.append(message); }

    /// The room's whole log: finds what is `lost`, `doubled`, `reordered`, a `gap`, or `altered`.
    void checkLog(const QString &room, const QList<Shown> &log);
    /// What a client shows of the room from its first message; everything must equal the log. `newest`: it
    /// may show fewer, but from some message to the last.
    void checkShown(
        const QString &client, const QList<Shown> &log, const QList<Shown> &shown, bool newest = false);

    /// The number of findings by kind.
    const QHash<QString, int> &counts() const { return m_counts; }
    /// The first ones, a sentence each.
    const QStringList &sentences() const { return m_sentences; }
    bool isClean() const { return m_counts.isEmpty(); }
    void add(const QString &kind, const QString &sentence);

    /// From `events` of a page, or from the rows of a client's report.
    static QList<Shown> fromEvents(const QJsonArray &events);
    static QList<Shown> fromRows(const QJsonArray &rows);

private:
    QList<Typed> m_typed;
    QHash<QString, int> m_counts;
    QStringList m_sentences;
};

} // namespace rookery::faults
