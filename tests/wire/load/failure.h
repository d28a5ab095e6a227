// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>

namespace rookery::load {

/// A run that cannot continue or has failed: one sentence for the operator. Thrown on the main thread only;
/// the threads of the load generator use a FailureNote.
class Failure : public std::runtime_error
{
public:
    explicit Failure(const QString &sentence)
        : std::runtime_error(sentence.toStdString())
    { }
};

/// The operator pressed Ctrl-C.
class Interrupted : public std::runtime_error
{
public:
    Interrupted()
        : std::runtime_error("interrupted")
    { }
};

/// Records a failure from any thread. The first sentence is kept; later ones are its consequences.
class FailureNote
{
public:
    void note(const std::string &sentence)
    {
        const std::lock_guard lock(m_mutex);
        if (m_noted.exchange(true))
            return;
        m_sentence = sentence;
    }
    bool noted() const { return m_noted; }
    /// Throws the recorded failure, if any.
    void raise()
    {
        if (!m_noted)
            return;
        const std::lock_guard lock(m_mutex);
        throw Failure(QString::fromStdString(m_sentence));
    }

private:
    std::mutex m_mutex;
    std::atomic<bool> m_noted = false;
    std::string m_sentence;
};

} // namespace rookery::load
