// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

#include <QObject>

#include <vector>

namespace rookery::core {

class ReadGate;

/// Reads the first pages of members of rooms from the store: those for which somebody asks in one turn of the event loop
/// together, as when a client comes back with many rooms. Lives on its I/O thread.
class FirstMembers : public QObject
{
    Q_OBJECT
public:
    FirstMembers(store::Store *store, ReadGate *reads, QObject *parent = nullptr);

    /// As store::Store::membersOf(), from the start. Every call is answered while this object lives.
    void read(const QString &roomId, int limit, Done<store::MembersPage> done);

private:
    struct Asked
    {
        QString roomId;
        int limit;
        Done<store::MembersPage> done;
    };
    void readNow();
    /// Of one limit.
    void readTogether(std::vector<Asked> asked);

    store::Store *m_store;
    ReadGate *m_reads;
    std::vector<Asked> m_asked; ///< in this turn of the event loop
};

} // namespace rookery::core
