// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

#include <QByteArray>

#include <vector>

namespace rookery::ws {

/// The JSON of many users in order, as one text: `{…},{…},{…}`. It is changed in place, so that one user more
/// costs the moving of some bytes and not the writing of all.
class EncodedList
{
public:
    /// What decides the order.
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
    /// Does nothing where there is none of this key.
    void remove(const Key &key);

    /// Leaves no more than the first so many.
    void trim(size_t most);

    size_t size() const { return m_entries.size(); }
    const QByteArray &items() const { return m_items; }
    /// The first so many of them.
    QByteArray items(size_t most) const;
    bool contains(const Key &key) const;

    /// What the list's owner notes with it: whether it has everybody, and how many there would be.
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
