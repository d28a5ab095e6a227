// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/readback.h"

#include "tests/bench/messagetag.h"
#include "tests/wire/load/httpclient.h"

#include <QJsonArray>

namespace rookery::bench {

using namespace load;

namespace {

constexpr int pageSize = 200;

/// The state of one sender's messages while they are read.
struct Reading
{
    const AckSink::Sent *sent = nullptr;
    std::vector<bool> seen;
    std::int64_t lastNumber = -1;
};

class Checker
{
public:
    Checker(const AckSink::Work &work, const std::vector<const AckSink *> &sinks)
        : m_work(work)
    {
        for (const AckSink *sink : sinks) {
            for (const auto &[stream, sent] : sink->senders())
                m_senders[stream] = {&sent, std::vector<bool>(sent.size(), false), -1};
        }
    }

    void take(const QJsonObject &event, std::int64_t expectedSeq)
    {
        const auto seq = std::int64_t(event.value(QLatin1String("seq")).toDouble());
        const std::string text = event.value(QLatin1String("text")).toString().toStdString();
        std::size_t hint = 0;
        MessageTag tag;
        if (!MessageTag::find(text, m_work.run, hint, tag))
            return;
        const auto sender = m_senders.find(tag.stream);
        if (sender == m_senders.end() || tag.number >= sender->second.seen.size()) {
            ++m_result.misplaced;
            return;
        }
        Reading &reading = sender->second;
        const AckSink::Message &message = (*reading.sent)[tag.number];
        const ClientId id(m_work.clientIds, m_work.run, tag.stream, tag.number, message.unixMs);
        const std::string_view wantedId = id.text();
        const QString clientId = event.value(QLatin1String("client_id")).toString();
        if (reading.seen[tag.number]) {
            ++m_result.duplicates;
        } else if ((message.seq != 0 && message.seq != seq) || std::int64_t(tag.number) < reading.lastNumber
            || seq != expectedSeq || clientId != QLatin1String(wantedId.data(), qsizetype(wantedId.size()))) {
            ++m_result.misplaced;
        }
        reading.seen[tag.number] = true;
        reading.lastNumber = std::max(reading.lastNumber, std::int64_t(tag.number));
        ++m_result.found;
    }

    ReadBack result()
    {
        for (const auto &[stream, reading] : m_senders) {
            for (std::size_t i = 0; i < reading.seen.size(); ++i) {
                if ((*reading.sent)[i].seq != 0 && !reading.seen[i])
                    ++m_result.lost;
            }
        }
        return m_result;
    }

private:
    AckSink::Work m_work;
    std::unordered_map<std::uint32_t, Reading> m_senders;
    ReadBack m_result;
};

} // namespace

QString ReadBack::fault() const
{
    if (lost == 0 && duplicates == 0 && misplaced == 0)
        return {};
    return QStringLiteral(
        "Of the acknowledged messages %1 are not in the history, %2 are there twice, %3 are "
        "in the wrong place.")
        .arg(lost)
        .arg(duplicates)
        .arg(misplaced);
}

ReadBack readBack(const Endpoint &endpoint, const std::string &token, const std::vector<std::string> &rooms,
    const AckSink::Work &work, const std::vector<const AckSink *> &sinks)
{
    Checker checker(work, sinks);
    HttpClient client(endpoint);
    client.setToken(token);
    for (const std::string &room : rooms) {
        std::int64_t seq = 0;
        for (bool more = true; more;) {
            const QJsonObject page = client.get(QStringLiteral("/api/v1/rooms/%1/events?after=%2&limit=%3")
                                                    .arg(QString::fromStdString(room))
                                                    .arg(seq)
                                                    .arg(pageSize));
            const QJsonArray events = page.value(QLatin1String("events")).toArray();
            for (const QJsonValue &event : events)
                checker.take(event.toObject(), ++seq);
            more = page.value(QLatin1String("has_more")).toBool() && !events.isEmpty();
        }
    }
    return checker.result();
}

} // namespace rookery::bench
