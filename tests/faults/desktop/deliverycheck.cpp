// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/desktop/deliverycheck.h"

#include <QJsonObject>
#include <QSet>

#include <algorithm>

namespace rookery::faults {

namespace {

using namespace Qt::StringLiterals;

constexpr int mostSentences = 20;

} // namespace

void DeliveryCheck::add(const QString &kind, const QString &sentence)
{
    ++m_counts[kind];
    if (m_sentences.size() < mostSentences)
        m_sentences.append(kind + u": "_s + sentence);
}

void DeliveryCheck::checkLog(const QString &room, const QList<Shown> &log)
{
    QHash<QString, qsizetype> numbers; // by text, the place in the order of typing
    for (qsizetype i = 0; i < m_typed.size(); ++i) {
        if (m_typed.at(i).room == room)
            numbers.insert(m_typed.at(i).text, i);
    }
    QSet<QString> clientIds;
    QSet<QString> texts;
    QHash<QString, qsizetype> last; // by sender
    qint64 seq = 0;
    for (const Shown &event : log) {
        if (event.seq != seq + 1)
            add(u"gap"_s, u"after %1 comes %2 in %3"_s.arg(seq).arg(event.seq).arg(room));
        seq = event.seq;
        if (event.text.isEmpty())
            continue; // not a message: a user has joined
        const auto number = numbers.constFind(event.text);
        if (number == numbers.constEnd() || m_typed.at(*number).sender != event.sender) {
            add(u"altered"_s,
                u"'%1' of %2 at %3 was typed by nobody"_s.arg(
                    event.text, event.sender, QString::number(event.seq)));
            continue;
        }
        if (texts.contains(event.text) || clientIds.contains(event.clientId)) {
            add(u"doubled"_s, u"'%1' again at %2"_s.arg(event.text, QString::number(event.seq)));
            continue;
        }
        texts.insert(event.text);
        clientIds.insert(event.clientId);
        if (last.contains(event.sender) && *number < last.value(event.sender))
            add(u"reordered"_s, u"'%1' at %2"_s.arg(event.text, QString::number(event.seq)));
        last[event.sender] = std::max(*number, last.value(event.sender, 0));
    }
    for (const Typed &message : m_typed) {
        if (message.room == room && message.isSure && !texts.contains(message.text))
            add(u"lost"_s, u"'%1' of %2"_s.arg(message.text, message.sender));
    }
}

void DeliveryCheck::checkShown(
    const QString &client, const QList<Shown> &log, const QList<Shown> &shown, bool newest)
{
    qsizetype at = 0;
    if (newest && !shown.isEmpty()) {
        while (at < log.size() && log.at(at).seq < shown.constFirst().seq)
            ++at;
    }
    for (const Shown &row : shown) {
        if (row.delivery != u"sent"_s) {
            add(u"unsettled"_s, u"%1 shows '%2' as %3"_s.arg(client, row.text, row.delivery));
            continue;
        }
        if (at >= log.size() || log.at(at).seq != row.seq || log.at(at).text != row.text
            || log.at(at).sender != row.sender || log.at(at).clientId != row.clientId) {
            add(u"misshown"_s, u"%1 shows '%2' as %3"_s.arg(client, row.text, QString::number(row.seq)));
            return;
        }
        ++at;
    }
    if (at < log.size())
        add(u"misshown"_s, u"%1 shows nothing from %2 on"_s.arg(client, QString::number(log.at(at).seq)));
}

QList<Shown> DeliveryCheck::fromEvents(const QJsonArray &events)
{
    QList<Shown> log;
    for (const auto &each : events) {
        const QJsonObject event = each.toObject();
        log.append({event[u"seq"_s].toInteger(), event[u"client_id"_s].toString(),
            event[u"sender"_s][u"username"_s].toString(), event[u"text"_s].toString()});
    }
    return log;
}

QList<Shown> DeliveryCheck::fromRows(const QJsonArray &rows)
{
    QList<Shown> shown;
    for (const auto &each : rows) {
        const QJsonObject row = each.toObject();
        shown.append({row[u"seq"_s].toInteger(), row[u"client_id"_s].toString(), row[u"sender"_s].toString(),
            row[u"text"_s].toString(), row[u"delivery"_s].toString()});
    }
    return shown;
}

} // namespace rookery::faults
