// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/simstore.h"

#include "tests/simulation/world.h"

#include <QPointer>

namespace simulation {

namespace {

/// After which an unreachable database is given up.
constexpr qint64 giveUpMs = 200;

Error unavailable()
{
    return {ErrorCode::StorageUnavailable, QStringLiteral("The storage is not available."), {},
        std::chrono::milliseconds(250)};
}

template <typename T>
class Answer final : public threads::Mail
{
public:
    Answer(QObject *context, Done<T> done, Result<T> result)
        : m_context(context)
        , m_done(std::move(done))
        , m_result(std::move(result))
    { }
    void deliver() override
    {
        if (m_context)
            m_done(std::move(m_result));
    }

private:
    const QPointer<QObject> m_context;
    const Done<T> m_done;
    Result<T> m_result;
};

} // namespace

SimStore::SimStore(World *world, Process *process, For whom)
    : m_world(world)
    , m_process(process)
    , m_for(whom)
{ }

qint64 SimStore::pause()
{
    Random &random = m_world->random;
    return random.chance(20) ? random.between(50, 400) : random.between(0, 4);
}

template <typename T>
void SimStore::answer(qint64 at, QObject *context, Done<T> done, Result<T> result)
{
    auto mail = std::make_shared<std::unique_ptr<threads::Mail>>(
        std::make_unique<Answer<T>>(context, std::move(done), std::move(result)));
    m_world->laterAt(*m_process, at, [process = m_process, mail, toHubs = m_for == For::Hubs] {
        if (toHubs)
            process->post(std::move(*mail));
        else
            (*mail)->deliver();
    });
}

template <typename T>
void SimStore::read(QObject *context, Done<T> done, std::function<Result<T>()> look)
{
    const QPointer<QObject> caller(context);
    const qint64 asked = m_world->schedule.now();
    m_world->laterAt(*m_process, asked + pause(),
        [this, caller, done = std::move(done), look = std::move(look)]() mutable {
            const qint64 now = m_world->schedule.now();
            if (!caller)
                return;
            if (m_process->isCutFromStore())
                answer<T>(now + giveUpMs, caller, std::move(done), unavailable());
            else
                answer<T>(now + pause(), caller, std::move(done), look());
        });
}

template <typename T>
void SimStore::write(
    QObject *context, Done<T> done, std::function<Result<T>(std::optional<RoomEvent> &)> change)
{
    m_committed = std::max(m_committed, m_world->schedule.now() + pause());
    // What has been sent to the database is done there even if the process that has sent it is gone by then.
    const bool isSent = m_world->random.chance(500);
    const QPointer<QObject> caller(context);
    const auto commit = [this, world = m_world, caller, done = std::move(done), change = std::move(change),
                            node = m_process->index(), incarnation = m_process->incarnation(), isSent] {
        Process *process = world->living(node, incarnation);
        std::optional<RoomEvent> event;
        if (!process) {
            if (isSent)
                (void)change(event);
            return;
        }
        const qint64 now = world->schedule.now();
        const bool isCut = process->isCutFromStore();
        const bool isUnknown = isCut && world->plan.unknownOutcomes && world->random.chance(300);
        if (isCut && isUnknown)
            (void)change(event);
        if (isCut) {
            m_told = std::max(m_told, now + giveUpMs);
            answer<T>(m_told, caller, done, unavailable());
            return;
        }
        Result<T> result = change(event);
        m_told = std::max(m_told, now + pause());
        if (event) {
            world->laterAt(*process, m_told, [world, process, event] {
                world->trace(process->index(), "publishes %s", qPrintable(event->id));
                const auto notice = std::get<store::Committed>(world->database.noticeOf(*event));
                process->bus().publish({bus::EventCommitted{notice.event, notice.room}});
            });
        }
        m_told += m_world->random.between(0, 2);
        answer<T>(m_told, caller, done, std::move(result));
    };
    m_world->schedule.at(m_committed, commit);
}

void SimStore::append(store::NewMessage message, QObject *context, Done<store::Appended> done)
{
    if (m_world->isPlanted(Plant::FalseAnswers) && m_world->random.chance(50)) {
        const Room room = *m_world->database.room(message.roomId, {});
        RoomEvent event{
            room.id, room.lastSeq + 1, QStringLiteral("never"), message.sender, message.clientId, {}};
        answer<store::Appended>(
            m_world->schedule.now() + 5, context, std::move(done), store::Appended{event, false});
        return;
    }
    write<store::Appended>(context, std::move(done),
        [world = m_world, message = std::move(message)](std::optional<RoomEvent> &event) {
            auto written = world->database.append(
                message, world->schedule.now(), !world->isPlanted(Plant::DoubledResends));
            if (written.isNew) {
                event = written.answer->event;
                world->witness.committed(*event);
            }
            return written.answer;
        });
}

void SimStore::setRole(store::RoleChange change, QObject *context, Done<store::MembershipChange> done)
{
    write<store::MembershipChange>(context, std::move(done),
        [world = m_world, change = std::move(change)](
            std::optional<RoomEvent> &event) -> Result<store::MembershipChange> {
            event = world->database.setRole(change, world->schedule.now());
            if (event)
                world->witness.committed(*event);
            return store::MembershipChange{*world->database.room(change.roomId, change.userId),
                User{change.userId, change.userId, false}, event.has_value()};
        });
}

void SimStore::findRoom(QString id, QString /*skeleton*/, QString userId, QObject *context, Done<Room> done)
{
    read<Room>(context, std::move(done), [world = m_world, id = std::move(id), userId = std::move(userId)] {
        return world->database.room(id, userId);
    });
}

void SimStore::page(store::PageQuery query, QObject *context, Done<Page> done)
{
    const bool isEmpty = m_for == For::Node && m_world->isPlanted(Plant::EmptyPages);
    read<Page>(context, std::move(done), [world = m_world, query = std::move(query), isEmpty] {
        Result<Page> page = world->database.page(query, !world->isPlanted(Plant::OpenPages));
        if (isEmpty && page)
            page->events.clear();
        return page;
    });
}

void SimStore::heads(QStringList roomIds, QObject *context, Done<QHash<QString, qint64>> done)
{
    read<QHash<QString, qint64>>(context, std::move(done),
        [world = m_world, rooms = std::move(roomIds)]() -> Result<QHash<QString, qint64>> {
            QHash<QString, qint64> heads;
            for (const QString &room : rooms)
                heads.insert(
                    room, world->isPlanted(Plant::PastHeads) ? 0 : world->database.log(room).lastSeq());
            return heads;
        });
}

} // namespace simulation
