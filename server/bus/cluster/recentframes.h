// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/cluster/frame.h"

#include <deque>

namespace rookery::bus {

/// What a node has said lately and can say again: whoever has missed a frame asks for it. Events of rooms are in the store,
/// but what is for one user only, such as a direct message to somebody who listens to no room, would be missed.
class RecentFrames
{
public:
    /// Of the bodies. Past it the oldest are forgotten.
    static constexpr qsizetype mostBytes = 8 * 1024 * 1024;

    /// `records`: what of the frame may be said again. Numbers rise.
    void keep(quint64 number, std::vector<Record> records)
    {
        if (records.empty())
            return;
        for (const Record &record : records)
            m_bytes += sizeOf(record);
        m_frames.push_back({number, std::move(records)});
        while (m_bytes > mostBytes) {
            for (const Record &record : m_frames.front().records)
                m_bytes -= sizeOf(record);
            m_frames.pop_front();
        }
    }
    /// What is left of the frames from this number to that one.
    std::vector<Record> between(quint64 from, quint64 to) const
    {
        std::vector<Record> found;
        for (const Kept &frame : m_frames) {
            if (frame.number >= from && frame.number <= to)
                found.insert(found.end(), frame.records.begin(), frame.records.end());
        }
        return found;
    }

private:
    struct Kept
    {
        quint64 number;
        std::vector<Record> records;
    };
    std::deque<Kept> m_frames;
    qsizetype m_bytes = 0;
};

} // namespace rookery::bus
