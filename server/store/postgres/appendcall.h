// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/ids.h"
#include "server/store/postgres/pqarray.h"
#include "server/store/statement.h"

#include <QByteArrayView>

namespace rookery::store::postgres {

/// The arguments of append_messages_1() (resources/sql/postgres/0002_append.sql).
class AppendCall
{
public:
    struct Row
    {
        qint64 room = 0; ///< keys of the database, as the next and `peer`
        qint64 sender = 0;
        IdBytes id = {};
        IdBytes clientId = {};
        qint64 capitals = 0; ///< idCapitals() of the client id
        QByteArrayView name; ///< of the sender, UTF-8, as the text
        QByteArrayView text;
        qint64 may = 0; ///< which roles may send: bit 0 is the lowest
        qint64 peer = 0; ///< the other one of a direct room
        bool isGuest = false;
    };
    void add(const Row &row)
    {
        m_rooms.add(row.room);
        m_senders.add(row.sender);
        m_ids.add(row.id);
        m_clientIds.add(row.clientId);
        m_capitals.add(row.capitals);
        m_names.add(row.name);
        m_texts.add(row.text);
        m_may.add(row.may);
        m_peers.add(row.peer);
        if (row.isGuest)
            m_guests.add(row.sender);
    }

    /// Columns: the number of the row, from 1; seq; at; others.
    static constexpr const char *sql =
        "SELECT ord, seq, at, others FROM append_messages_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// To a statement of `sql`; once.
    void bindTo(Statement &stored)
    {
        int parameter = 0;
        for (PqArray *const array : {&m_rooms, &m_senders, &m_ids, &m_clientIds, &m_capitals, &m_names,
                 &m_texts, &m_may, &m_peers, &m_guests})
            stored.blob(++parameter, array->take());
    }

private:
    PqArray m_rooms{PqArray::bigint};
    PqArray m_senders{PqArray::bigint};
    PqArray m_ids{PqArray::uuid};
    PqArray m_clientIds{PqArray::uuid};
    PqArray m_capitals{PqArray::bigint};
    PqArray m_names{PqArray::text};
    PqArray m_texts{PqArray::text};
    PqArray m_may{PqArray::bigint};
    PqArray m_peers{PqArray::bigint};
    PqArray m_guests{PqArray::bigint};
};

} // namespace rookery::store::postgres
