// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

/// What the database says of itself, as SQL; called inside a transaction.
namespace rookery::store {

class Connection;

namespace meta {

/// The name of this database's history, created if there is none.
QString epoch(Connection &connection);
/// Its history goes on under another name.
void forgetEpoch(Connection &connection);
/// The value under this key: the one that was there, or else this one from now on.
QString claim(Connection &connection, const QString &key, const QString &value);
/// Writes the value under this key, whatever was there.
void put(Connection &connection, const QString &key, const QString &value);
/// Writes something that was not there before.
void probe(Connection &connection);

} // namespace meta

} // namespace rookery::store
