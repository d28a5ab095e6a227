// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace rookery {

/// Lines to a descriptor that may be a pipe which nobody reads: whoever writes never waits. What does not fit
/// now waits in memory, up to a bound; lines past it are lost, and their number is told as soon as there is
/// room again. A thread is there only while something waits. Thread-safe.
class LogSink
{
public:
    /// `lost`: the line that tells that so many were lost.
    LogSink(int descriptor, qsizetype mostBytes, std::function<QByteArray(qint64)> lost);
    /// What waits is gone.
    ~LogSink();
    LogSink(const LogSink &) = delete;
    LogSink &operator=(const LogSink &) = delete;

    void write(const QByteArray &line);
    /// Waits until nothing waits any more, and no longer than that.
    void finish(std::chrono::milliseconds patience);

private:
    void drain();
    void writeSome();
    bool writeFront();
    void startDraining();

    const int m_descriptor;
    const qsizetype m_mostBytes;
    const std::function<QByteArray(qint64)> m_lostLine;
    std::mutex m_mutex;
    std::condition_variable m_drained;
    std::deque<QByteArray> m_waiting; ///< of the first perhaps the rest only
    qsizetype m_bytes = 0;
    qint64 m_lost = 0;
    bool m_draining = false;
    bool m_ending = false;
    std::thread m_thread;
};

} // namespace rookery
