// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <utility>
#include <vector>

namespace rookery::core {

/// The frames of one thing, encoded once by each dialect and shared by all sockets. Not thread-safe.
template <typename Thing>
class Encoded
{
public:
    using Encoder = QByteArray (*)(const Thing &);

    const QByteArray &by(Encoder encoder, const Thing &thing) const
    {
        for (const auto &[known, frame] : m_frames) {
            if (known == encoder)
                return frame;
        }
        return m_frames.emplace_back(encoder, encoder(thing)).second;
    }

private:
    mutable std::vector<std::pair<Encoder, QByteArray>> m_frames;
};

} // namespace rookery::core
