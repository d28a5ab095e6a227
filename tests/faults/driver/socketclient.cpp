// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/socketclient.h"

#include <QJsonDocument>

namespace rookery::faults {

namespace {

bool isForATime(const QString &code)
{
    return code == QLatin1String("overloaded") || code == QLatin1String("rate_limited")
        || code == QLatin1String("storage_full") || code == QLatin1String("storage_unavailable")
        || code == QLatin1String("internal");
}

std::int64_t retryAfterOf(std::string_view reason)
{
    const QJsonObject json =
        QJsonDocument::fromJson(QByteArray(reason.data(), qsizetype(reason.size()))).object();
    return json.value(QLatin1String("retry_after_ms")).toInteger(-1);
}

} // namespace

SocketClient::SocketClient(
    load::EventLoop &loop, const load::Endpoint &endpoint, Setup setup, Ledger &ledger, Findings &findings)
    : m_setup(std::move(setup))
    , m_findings(findings)
    , m_endpoint(endpoint)
    , m_socket(loop, m_endpoint, *this)
    , m_random(m_setup.seed)
{
    if (m_setup.says)
        m_outbox.emplace(*m_setup.says, ledger, m_setup.seed);
}

void SocketClient::start()
{
    m_wanted = true;
    m_opensAt = 0;
}

void SocketClient::stop()
{
    m_wanted = false;
    m_connecting = false;
    m_socket.close();
}

void SocketClient::setProducing(bool producing)
{
    if (m_outbox)
        m_outbox->setProducing(producing);
}

void SocketClient::tick(load::Nanos now)
{
    if (!m_wanted)
        return;
    if (!m_socket.isOpen() && !m_connecting) {
        if (now < m_opensAt)
            return;
        m_connecting = true;
        m_heardAt = now;
        m_beating = false;
        m_goodbyeMs = -1;
        if (m_setup.route)
            m_endpoint = m_setup.route();
        m_socket.open(path(), m_setup.token);
        return;
    }
    if (m_outbox && m_socket.isOpen() && maySend()) {
        if (now >= m_producesAt) {
            m_producesAt = now + m_setup.every;
            m_outbox->produce();
        }
        sendWhatWaits();
    }
    const bool awaits = m_connecting || !maySend() || m_beating || (m_outbox && m_outbox->isWaiting());
    if (awaits && now - m_heardAt > m_setup.patience.answer) {
        giveUp();
    } else if (!awaits && now - m_heardAt > m_setup.patience.answer / 2) {
        const std::string beat = heartbeat();
        m_beating = !beat.empty();
        if (m_beating)
            send(beat);
    }
}

void SocketClient::sendWhatWaits()
{
    if (!m_outbox || !m_socket.isOpen() || !maySend())
        return;
    if (!m_outbox->isWaiting())
        m_heardAt = load::now(); // from now on an answer is awaited
    while (const Outbox::Entry *next = m_outbox->next()) {
        send(frameOf(*next));
        if (!m_socket.isOpen())
            return;
    }
}

void SocketClient::refused(const QJsonObject &frame)
{
    const QString code = frame.value(QLatin1String("code")).toString();
    if (!isForATime(code)) {
        m_findings.add(Fault::Refused,
            m_setup.name + ": " + frame.value(QLatin1String("error")).toString().toStdString() + " ("
                + code.toStdString() + ')');
        if (m_outbox)
            m_outbox->giveUpOldest();
    }
    if (m_outbox)
        m_outbox->startOver(true);
    giveUp(frame.value(QLatin1String("retry_after_ms")).toInteger(0) * load::millisecond);
}

void SocketClient::giveUp(load::Nanos returnsAfter)
{
    m_socket.close();
    comeBack(returnsAfter);
}

RoomView *SocketClient::viewOf(const std::string &room)
{
    for (const auto &view : m_views) {
        if (view->room() == room)
            return view.get();
    }
    return nullptr;
}

void SocketClient::socketOpened()
{
    m_connecting = false;
    m_farewell.reset();
    m_heardAt = load::now();
    opened();
}

void SocketClient::socketMessage(std::string_view bytes, load::Nanos at)
{
    if (m_setup.heard)
        m_setup.heard();
    m_heardAt = at;
    m_beating = false;
    const QJsonObject frame =
        QJsonDocument::fromJson(QByteArray(bytes.data(), qsizetype(bytes.size()))).object();
    if (frame.isEmpty()) {
        m_findings.add(
            Fault::Broken, m_setup.name + " was told what is not JSON: " + std::string(bytes.substr(0, 200)));
        return;
    }
    if (m_setup.told)
        m_setup.told(frame, at);
    const QString type = frame.value(QLatin1String("type")).toString();
    if (type == QLatin1String("going_away"))
        m_goodbyeMs = frame.value(QLatin1String("retry_after_ms")).toInteger(-1);
    else if (type != QLatin1String("error"))
        message(frame);
    else if (!isRightRefusal(frame))
        refused(frame);
}

void SocketClient::socketEnded(const std::string &)
{
    if (!m_connecting) {
        const std::int64_t said = retryAfterOf(m_socket.closeReason());
        m_farewell = Farewell{m_socket.closeCode(), said >= 0 ? said : m_goodbyeMs};
    }
    comeBack(0);
}

void SocketClient::comeBack(load::Nanos after)
{
    m_connecting = false;
    m_opensAt = load::now() + after + pause();
    if (m_outbox)
        m_outbox->startOver(false);
}

load::Nanos SocketClient::pause()
{
    const Patience &patience = m_setup.patience;
    return patience.returnsAfter
        + load::Nanos(m_random.below(std::uint64_t(patience.returnsBefore - patience.returnsAfter + 1)));
}

} // namespace rookery::faults
