// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/stream/tlscontext.h"

#include <memory>
#include <mutex>
#include <vector>

namespace rookery::net {

/// Accepted descriptors on their way to the thread that will serve them. Descriptors that are never taken are
/// closed.
///
/// Thread: any; no other lock is held meanwhile.
class Admissions
{
public:
    struct Admission
    {
        int descriptor;
        std::shared_ptr<TlsContext> tls; ///< null for a plain connection
    };

    Admissions() = default;
    ~Admissions();
    Admissions(const Admissions &) = delete;
    Admissions &operator=(const Admissions &) = delete;

    /// Takes ownership of the descriptor. Returns true for the first one since take(): the other thread must
    /// be woken.
    bool add(Admission admission);
    std::vector<Admission> take();
    /// Closes the queued descriptors, and from now on every new one at once.
    void close();

private:
    std::mutex m_mutex; ///< guards the following members
    std::vector<Admission> m_waiting;
    bool m_closed = false;
};

} // namespace rookery::net
