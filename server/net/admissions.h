// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/stream/tlscontext.h"

#include <memory>
#include <mutex>
#include <vector>

namespace rookery::net {

/// Accepted descriptors on their way to the thread that is to serve them. What nobody takes is closed.
///
/// Thread: any; nothing else is locked meanwhile.
class Admissions
{
public:
    struct Admission
    {
        int descriptor;
        std::shared_ptr<TlsContext> tls; ///< null for a plain one
    };

    Admissions() = default;
    ~Admissions();
    Admissions(const Admissions &) = delete;
    Admissions &operator=(const Admissions &) = delete;

    /// Takes the descriptor over. True: it is the first since take(), so the other thread must be woken.
    bool add(Admission admission);
    std::vector<Admission> take();
    /// Closes what waits, and at once whatever is added later.
    void close();

private:
    std::mutex m_mutex; ///< of what follows
    std::vector<Admission> m_waiting;
    bool m_closed = false;
};

} // namespace rookery::net
