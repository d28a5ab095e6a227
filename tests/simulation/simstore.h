// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/unusedstore.h"

namespace simulation {

using namespace rookery;

class Process;
class World;

/// The store as one process has it: what it asks arrives at the database some time later, and the answer some time after
/// that. Changes keep their order, and are told to the bus of the process before they are answered.
class SimStore final : public test::UnusedStore
{
public:
    /// To whom answers go: the hubs, in the order of what the bus brings, or the node's thread.
    enum class For { Hubs, Node };

    SimStore(World *world, Process *process, For whom);

    void append(store::NewMessage message, QObject *context, Done<store::Appended> done) override;
    void setRole(store::RoleChange change, QObject *context, Done<store::MembershipChange> done) override;
    void findRoom(QString id, QString skeleton, QString userId, QObject *context, Done<Room> done) override;
    void page(store::PageQuery query, QObject *context, Done<Page> done) override;
    void heads(QStringList roomIds, QObject *context, Done<QHash<QString, qint64>> done) override;
    QString identity() const override { return QStringLiteral("simulated"); }

private:
    template <typename T>
    void read(QObject *context, Done<T> done, std::function<Result<T>()> look);
    template <typename T>
    void write(QObject *context, Done<T> done, std::function<Result<T>(std::optional<RoomEvent> &)> change);
    template <typename T>
    void answer(qint64 at, QObject *context, Done<T> done, Result<T> result);
    qint64 pause();

    World *const m_world;
    Process *const m_process;
    const For m_for;
    qint64 m_committed = 0; ///< when the last change is
    qint64 m_told = 0; ///< and when it is told
};

} // namespace simulation
