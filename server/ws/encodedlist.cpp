// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ws/encodedlist.h"

#include <algorithm>
#include <tuple>

namespace rookery::ws {

bool EncodedList::Key::operator<(const Key &other) const
{
    return std::tie(later, name, id) < std::tie(other.later, other.name, other.id);
}

EncodedList::Place EncodedList::placeOf(const Key &key)
{
    if (m_entries.empty() || m_entries.back().key < key)
        return m_entries.end();
    return std::lower_bound(m_entries.begin(), m_entries.end(), key,
        [](const Entry &entry, const Key &its) { return entry.key < its; });
}

/// Position of the item in the text, after its comma; for the end: after the last item.
qsizetype EncodedList::offsetOf(Place place) const
{
    if (place == m_entries.end())
        return m_items.size();
    qsizetype offset = 0;
    for (auto before = m_entries.begin(); before != place; ++before)
        offset += before->bytes + 1;
    return offset;
}

/// Of the first so many items, with the commas between them.
qsizetype EncodedList::bytesOf(size_t most) const
{
    qsizetype bytes = most > 0 ? qsizetype(most) - 1 : 0;
    for (size_t i = 0; i < most; ++i)
        bytes += m_entries[i].bytes;
    return bytes;
}

QByteArray EncodedList::items(size_t most) const
{
    return most < m_entries.size() ? m_items.first(bytesOf(most)) : m_items;
}

void EncodedList::trim(size_t most)
{
    if (most >= m_entries.size())
        return;
    m_items.truncate(bytesOf(most));
    m_entries.erase(m_entries.begin() + ptrdiff_t(most), m_entries.end());
}

bool EncodedList::contains(const Key &key) const
{
    const auto place = std::lower_bound(m_entries.begin(), m_entries.end(), key,
        [](const Entry &entry, const Key &its) { return entry.key < its; });
    return place != m_entries.end() && place->key == key;
}

void EncodedList::put(const Key &key, const QByteArray &json)
{
    const Place place = placeOf(key);
    const qsizetype offset = offsetOf(place);
    if (place == m_entries.end()) {
        if (!m_entries.empty())
            m_items.append(',');
        m_items.append(json);
        m_entries.push_back({key, json.size()});
    } else if (place->key == key) {
        m_items.replace(offset, place->bytes, json);
        m_entries[size_t(place - m_entries.cbegin())].bytes = json.size();
    } else {
        m_items.insert(offset, QByteArray(json).append(','));
        m_entries.insert(place, {key, json.size()});
    }
}

void EncodedList::remove(const Key &key)
{
    const Place place = placeOf(key);
    if (place == m_entries.end() || !(place->key == key))
        return;
    qsizetype offset = offsetOf(place);
    qsizetype bytes = place->bytes;
    if (m_entries.size() > 1) {
        ++bytes; // with the comma after it, or before the last item
        if (place + 1 == m_entries.end())
            --offset;
    }
    m_items.remove(offset, bytes);
    m_entries.erase(place);
}

} // namespace rookery::ws
