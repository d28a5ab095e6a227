// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/threads/thread.h"

#include <QtGlobal>

#ifdef Q_OS_LINUX
#include <pthread.h>
#endif

namespace rookery::threads {

Thread::Thread(const char *name, std::function<void()> run)
    : m_thread([name, run = std::move(run)] {
#ifdef Q_OS_LINUX
        ::pthread_setname_np(::pthread_self(), name);
#else
        Q_UNUSED(name)
#endif
        run();
    })
{ }

Thread::~Thread()
{
    m_thread.join();
}

} // namespace rookery::threads
