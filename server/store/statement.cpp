// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/statement.h"

namespace rookery::store {

QString exactText(const QByteArray &utf8)
{
    if (utf8.startsWith("\xef\xbb\xbf"))
        return QString::fromUtf8("." + utf8).sliced(1);
    return QString::fromUtf8(utf8);
}

Transaction::~Transaction()
{
    if (!m_open)
        return;
    try {
        m_connection.rollback(m_kind);
    } catch (const DatabaseError &) {
        // After some errors the database has rolled back by itself, and there is nothing left to do.
    }
}

void Transaction::commit()
{
    m_connection.commit(m_kind);
    m_open = false;
}

} // namespace rookery::store
