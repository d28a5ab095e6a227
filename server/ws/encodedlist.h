// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

#include <QByteArray>

#include <vector>

namespace rookery::ws {

/// A sorted list of users as one JSON text: `{…},{…},{…}`. Changed in place: adding a user moves some bytes
/// instead of encoding all users again.
class EncodedList
{
public:
    /// The sort key.
    struct Key
    {
        bool later = false; ///< behind all those that are not
        QString name;
        QString id; ///< two may share a name

        bool operator<(const Key &other) const;
        bool operator==(const Key &other) const = default;
    };

    /// Adds the item, or replaces the one of this key. Cheap at the end.
    void put(const Key &key, const QByteArray &json);
    /// Does nothing if there is no such key.
    void remove(const Key &key);

    /// Drops all but the first `most` items.
    void trim(size_t most);

    size_t size() const { return m_entries.size(); }
    const QByteArray &items() const { return m_items; }
    /// The first items, at most that many.
    QByteArray items(size_t most) const;
    bool contains(const Key &key) const;

    /// Notes of the owner: whether the list is complete, and how many users there are.
    bool isWhole = true;
    qint64 count = 0;

private:
    struct Entry
    {
        Key key;
        qsizetype bytes; ///< of its item
    };
    using Place = std::vector<Entry>::const_iterator;

    Place placeOf(const Key &key);
    qsizetype offsetOf(Place place) const;
    qsizetype bytesOf(size_t most) const;

    std::vector<Entry> m_entries; ///< in order
    QByteArray m_items;
};

} // namespace rookery::ws
