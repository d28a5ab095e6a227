// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/desktop/desktoprun.h"

#include "tests/wire/httpclient.h"
#include "tests/wire/load/failure.h"

#include <QEventLoop>
#include <QTimer>

#include <algorithm>

namespace rookery::faults {

namespace {

using namespace Qt::StringLiterals;
using load::Failure;

/// An upper bound on a slow machine; nothing waits this long.
constexpr qint64 patience = 120'000;
/// Milliseconds between two checks of what is due.
constexpr int tick = 5;

/// A client is killed after so many messages, more or less, and the daemon too.
constexpr int clientLife = 20;
constexpr int daemonLife = 25;

} // namespace

DesktopRun::DesktopRun(What what)
    : m_what(std::move(what))
    , m_random(m_what.seed, 1)
{ }

void DesktopRun::run()
{
    m_clock.start();
    setUp();
    const qint64 began = m_clock.elapsed();
    typeAndBreak();
    m_figures.typingMs = m_clock.elapsed() - began;
    settle();
    checkAll();
    const auto figures = m_proxy->figures();
    m_figures.connections = figures.accepted;
    m_figures.cut = figures.cut;
}

void DesktopRun::setUp()
{
    if (!m_daemon.start())
        throw Failure(u"the daemon does not start: "_s + QString::fromUtf8(m_daemon.log()));
    m_proxy = std::make_unique<FaultProxy>(std::uint16_t(m_daemon.url().port()));
    m_people.reserve(2);
    addPerson(u"ada"_s);
    addPerson(u"ben"_s);

    const auto rooms = [this] { return m_daemon.url().resolved(QUrl(u"/api/v1/rooms"_s)); };
    const auto made =
        test::request("POST", rooms(), {{u"name"_s, u"workshop"_s}}, m_people.front().user.token);
    const auto joined = test::request("POST", m_daemon.url().resolved(QUrl(u"/api/v1/rooms/workshop/join"_s)),
        {}, m_people.back().user.token);
    if (made.status != 201 || joined.status != 200)
        throw Failure(u"no room can be made"_s);
    for (const auto &room :
        test::request("GET", rooms(), {}, m_people.back().user.token).json[u"rooms"_s].toArray())
        m_rooms.append(room.toObject()[u"id"_s].toString());

    for (Person &person : m_people) {
        const QStringList arguments =
            QStringList{u"http://127.0.0.1:%1"_s.arg(m_proxy->port()), person.user.id, person.user.name,
                person.user.token, person.directory->path(), QString::number(m_what.hurry)}
            + m_rooms;
        person.client = std::make_unique<DesktopProcess>(m_what.client, arguments);
        QObject::connect(
            person.client.get(), &DesktopProcess::typed, person.client.get(), [this](const QString &text) {
                m_typed[m_byText.value(text)].isSure = true;
                ++m_figures.sure;
            });
        start(person);
    }
    // All clients must know the rooms before the faults begin.
    const auto isReady = [this](Person &person) {
        const auto report = person.client->report();
        return report && (*report)[u"connected"_s].toBool();
    };
    while (!std::all_of(m_people.begin(), m_people.end(), isReady)) {
        if (m_clock.elapsed() > patience)
            throw Failure(u"the clients do not connect"_s);
        turn(tick);
    }
    m_proxy->setPlanner(seededFaults(m_what.seed, {}));
    m_proxy->cutAll(Cut::Reset);
}

void DesktopRun::addPerson(const QString &name)
{
    Person person{test::registerUser(m_daemon.url(), name), std::make_unique<QTemporaryDir>(), nullptr};
    if (person.user.token.isEmpty())
        throw Failure(u"no user can be made"_s);
    m_people.push_back(std::move(person));
}

void DesktopRun::start(Person &person)
{
    person.backAt = -1;
    if (!person.client->start())
        throw Failure(u"a client does not start: "_s + QString::fromUtf8(person.client->complaints()));
}

void DesktopRun::typeAndBreak()
{
    qint64 nextAt = m_clock.elapsed();
    qint64 lastSure = m_clock.elapsed();
    int sure = 0;
    while (m_figures.sure < m_what.sends) {
        if (m_clock.elapsed() >= nextAt) {
            // Sometimes in a burst, like lines that are pasted.
            const auto messages = m_random.chance(10) ? 2 + m_random.below(6) : 1;
            for (std::uint64_t i = 0; i < messages; ++i)
                typeSomething();
            nextAt += qint64(messages) * qint64(m_random.below(2'000 / std::uint64_t(m_what.perSecond)));
            breakSomething();
        }
        if (m_releaseAt >= 0 && m_clock.elapsed() >= m_releaseAt) {
            m_releaseAt = -1;
            m_proxy->release();
        }
        for (Person &person : m_people) {
            if (person.backAt >= 0 && m_clock.elapsed() >= person.backAt)
                start(person);
        }
        if (m_daemonBackAt >= 0 && m_clock.elapsed() >= m_daemonBackAt) {
            m_daemonBackAt = -1;
            if (!m_daemon.start())
                throw Failure(u"the daemon does not start again: "_s + QString::fromUtf8(m_daemon.log()));
        }
        if (m_figures.sure > sure) {
            sure = m_figures.sure;
            lastSure = m_clock.elapsed();
        } else if (m_clock.elapsed() > lastSure + patience) {
            throw Failure(u"the clients take no messages any more"_s);
        }
        turn(tick);
    }
}

void DesktopRun::typeSomething()
{
    Person &person = m_people[m_random.below(m_people.size())];
    if (!person.client->isRunning())
        return;
    const QString text = u"%1 %2"_s.arg(person.user.name, QString::number(++m_lastNumber));
    const QString room = m_rooms.at(qsizetype(m_random.below(std::uint64_t(m_rooms.size()))));
    m_byText.insert(text, m_typed.size());
    m_typed.append({person.user.name, room, text, false});
    person.client->type(room, text);
    ++m_sinceClientKill;
    ++m_sinceDaemonKill;
}

void DesktopRun::breakSomething()
{
    if (m_random.chance(20))
        shake();
    if (m_sinceClientKill >= clientLife && m_random.chance(20)) {
        Person &person = m_people[m_random.below(m_people.size())];
        if (person.client->isRunning()) {
            m_sinceClientKill = 0;
            // At a random moment while the last message is being processed.
            turn(int(m_random.below(4)));
            person.client->kill();
            ++m_figures.clientKills;
            person.backAt = m_clock.elapsed() + qint64(m_random.below(200));
        }
    }
    if (m_sinceDaemonKill >= daemonLife && m_random.chance(20) && m_daemonBackAt < 0) {
        m_sinceDaemonKill = 0;
        m_daemon.kill();
        ++m_figures.daemonKills;
        m_daemonBackAt = m_clock.elapsed() + qint64(m_random.below(300));
    }
}

void DesktopRun::shake()
{
    ++m_figures.shakes;
    const Direction direction = m_random.chance(50) ? Direction::ToServer : Direction::ToClient;
    switch (m_random.below(5)) {
    case 0:
        m_proxy->cutAll(Cut::Reset);
        break;
    case 1:
        m_proxy->cutAll(Cut::Finish);
        break;
    case 2: // connected, and nothing passes
        m_proxy->hold(direction);
        m_releaseAt = m_clock.elapsed() + qint64(m_random.below(400));
        break;
    case 3: // half-open: only the silence shows it
        m_proxy->dropAll(direction);
        break;
    default: // answers are in flight when the connection is cut
        m_proxy->hold(Direction::ToClient);
        turn(int(m_random.below(10)));
        m_proxy->cutAll(Cut::Reset);
        m_proxy->release();
        break;
    }
}

void DesktopRun::settle()
{
    const qint64 began = m_clock.elapsed();
    if (m_daemonBackAt >= 0 && !m_daemon.start())
        throw Failure(u"the daemon does not start again: "_s + QString::fromUtf8(m_daemon.log()));
    for (const QString &room : std::as_const(m_rooms))
        m_figures.underFire += lastSeq(room);
    m_proxy->setPlanner({});
    m_proxy->release();
    m_proxy->cutAll(Cut::Reset);
    for (Person &person : m_people) {
        if (!person.client->isRunning())
            start(person);
    }
    while (!isSettled()) {
        if (m_clock.elapsed() > began + patience) {
            m_check.add(u"stuck"_s, u"messages are still on their way"_s);
            break;
        }
        turn(20);
    }
    m_figures.settlingMs = m_clock.elapsed() - began;
}

bool DesktopRun::isSettled()
{
    for (Person &person : m_people) {
        const auto report = person.client->report();
        if (!report) {
            throw Failure(u"a client does not answer: "_s + QString::fromUtf8(person.client->complaints()));
        }
        if (!(*report)[u"connected"_s].toBool() || (*report)[u"unsent"_s].toInt() > 0)
            return false;
        // The last events may still be in flight although the outbox is empty.
        for (const QString &room : std::as_const(m_rooms)) {
            const QList<Shown> rows = DeliveryCheck::fromRows((*report)[u"rooms"_s][room].toArray());
            const qint64 last = lastSeq(room);
            if (last > 0 && (rows.isEmpty() || rows.constLast().seq < last))
                return false;
        }
    }
    return true;
}

void DesktopRun::checkAll()
{
    for (const Typed &message : std::as_const(m_typed)) {
        m_check.typed(message);
        m_figures.unsure += message.isSure ? 0 : 1;
    }
    QHash<QString, QList<Shown>> logs;
    for (const QString &room : std::as_const(m_rooms)) {
        const QList<Shown> events = log(room);
        m_check.checkLog(room, events);
        m_figures.events += events.size();
        for (const Shown &event : events) {
            if (event.text.isEmpty())
                continue; // not a message
            m_figures.unsureDelivered += m_typed.value(m_byText.value(event.text)).isSure ? 0 : 1;
        }
        logs.insert(room, events);
    }
    for (Person &person : m_people) {
        const auto whole = person.client->report(true);
        if (!whole)
            throw Failure(u"a client does not read its history"_s);
        for (const QString &room : std::as_const(m_rooms)) {
            m_check.checkShown(person.user.name, logs.value(room),
                DeliveryCheck::fromRows((*whole)[u"rooms"_s][room].toArray()));
        }
        if (!person.client->end())
            m_check.add(u"crashed"_s, person.user.name + u" does not end well"_s);
    }

    // Again without a server, from the cache.
    m_proxy->setRefusing(true);
    for (Person &person : m_people) {
        start(person);
        const auto cached = person.client->report();
        if (!cached)
            throw Failure(u"a client does not answer without a server"_s);
        if ((*cached)[u"unsent"_s].toInt() > 0)
            m_check.add(u"unsettled"_s, person.user.name + u" has unsent messages after a restart"_s);
        for (const QString &room : std::as_const(m_rooms)) {
            m_check.checkShown(person.user.name + u" without a server"_s, logs.value(room),
                DeliveryCheck::fromRows((*cached)[u"rooms"_s][room].toArray()), true);
        }
        person.client->end();
    }
}

qint64 DesktopRun::lastSeq(const QString &room)
{
    const QUrl url = m_daemon.url().resolved(QUrl(u"/api/v1/rooms/%1/events?limit=1"_s.arg(room)));
    return test::request("GET", url, {}, m_people.front().user.token).json[u"last_seq"_s].toInteger();
}

QList<Shown> DesktopRun::log(const QString &room)
{
    QList<Shown> events;
    while (true) {
        const qint64 last = events.isEmpty() ? 0 : events.constLast().seq;
        const QUrl url = m_daemon.url().resolved(
            QUrl(u"/api/v1/rooms/%1/events?after=%2&limit=200"_s.arg(room, QString::number(last))));
        const auto answer = test::request("GET", url, {}, m_people.front().user.token);
        if (answer.status != 200)
            throw Failure(u"the log cannot be read"_s);
        const QList<Shown> page = DeliveryCheck::fromEvents(answer.json[u"events"_s].toArray());
        events += page;
        if (page.isEmpty() || !answer.json[u"has_more"_s].toBool())
            return events;
    }
}

void DesktopRun::turn(int milliseconds)
{
    QEventLoop loop;
    QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
    loop.exec();
}

} // namespace rookery::faults
