// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/roomlog.h"

#include <algorithm>

namespace rookery::faults {

void RoomLog::append(std::int64_t seq, Entry entry)
{
    if (entry.kind == EventKind::Edited) {
        m_changes[entry.target].edits.push_back(seq);
    } else if (entry.kind == EventKind::Deleted) {
        Changes &changes = m_changes[entry.target];
        if (changes.deletion == 0)
            changes.deletion = seq;
    }
    m_entries.resize(std::size_t(seq));
    m_entries.back() = std::move(entry);
}

const RoomLog::Entry *RoomLog::find(std::int64_t seq) const
{
    if (seq < 1 || seq > lastSeq() || m_entries[std::size_t(seq - 1)].identity == 0)
        return nullptr;
    return &m_entries[std::size_t(seq - 1)];
}

bool RoomLog::isDeleted(std::int64_t message) const
{
    return changesOf(message).deletion != 0;
}

Shown RoomLog::expected(std::int64_t seq) const
{
    const Entry *entry = find(seq);
    if (!entry)
        return {};
    if (entry->kind == EventKind::Message) {
        const Changes &changes = changesOf(seq);
        if (changes.deletion != 0)
            return {0, 0, true};
        if (changes.edits.empty())
            return {entry->given, 0, false};
        return {given(changes.edits.back()), changes.edits.back(), false};
    }
    if (entry->kind == EventKind::Edited) {
        const Changes &changes = changesOf(entry->target);
        const bool isReplaced = changes.deletion != 0 || changes.edits.back() != seq;
        return {isReplaced ? 0 : entry->given, 0, false};
    }
    return {};
}

bool RoomLog::wasRight(std::int64_t seq, const Shown &shown) const
{
    if (shown == expected(seq))
        return true;
    const Entry *entry = find(seq);
    if (!entry || shown.isDeleted)
        return false;
    if (entry->kind == EventKind::Edited)
        return shown.text == entry->given && shown.editedSeq == 0;
    if (entry->kind != EventKind::Message)
        return false;
    const std::vector<Version> all = versions(seq);
    return std::any_of(all.begin(), all.end(), [&](const Version &version) {
        const std::int64_t edit = version.seq == seq ? 0 : version.seq;
        return shown.text == version.text && (shown.editedSeq == edit || shown.editedSeq == Shown::unknown);
    });
}

bool RoomLog::isSkipped(std::int64_t seq) const
{
    const Entry *entry = find(seq);
    return entry && (entry->kind != EventKind::Message || isDeleted(seq));
}

std::vector<Version> RoomLog::versions(std::int64_t message) const
{
    std::vector<Version> all{{message, given(message)}};
    for (const std::int64_t edit : changesOf(message).edits)
        all.push_back({edit, given(edit)});
    return all;
}

const RoomLog::Changes &RoomLog::changesOf(std::int64_t message) const
{
    static const Changes none;
    const auto found = m_changes.find(message);
    return found == m_changes.end() ? none : found->second;
}

std::uint64_t RoomLog::given(std::int64_t seq) const
{
    const Entry *entry = find(seq);
    return entry ? entry->given : 0;
}

} // namespace rookery::faults
