// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/sqlite/connection.h"
#include "server/store/store.h"
#include "server/threads/postbox.h"

#include <QPointer>

#include <memory>
#include <optional>
#include <vector>

namespace rookery::store {

/// One call of the store on its way: waiting in a queue, carried out on a database thread, then delivered on
/// the thread of whoever asked. Owned by one place at a time.
class Job : public threads::Mail
{
public:
    explicit Job(std::shared_ptr<threads::Postbox> postbox)
        : m_postbox(std::move(postbox))
    { }

    /// On the database thread, inside a transaction. False: it was refused, and what it wrote must be undone.
    /// Throws DatabaseError.
    virtual bool run(Connection &connection) = 0;
    /// Whether run() has written nothing where it refuses or a statement of it fails, so that nothing has to
    /// be undone for it alone.
    virtual bool leavesNothing() const { return false; }
    /// Whether what LogHeads remembers is right after run(), however it ended.
    virtual bool keepsHeads() const { return leavesNothing(); }
    /// Replaces whatever run() came to by this refusal.
    virtual void refuse(Error error) = 0;
    /// Once the transaction has committed: what it has to say to the commit observer.
    virtual void collect(std::vector<CommitNotice> & /*notices*/) { }

    /// The way back; taken from the job when it is posted, so that the two never keep each other alive.
    std::shared_ptr<threads::Postbox> takePostbox() { return std::move(m_postbox); }

private:
    std::shared_ptr<threads::Postbox> m_postbox;
};

using Jobs = std::vector<std::unique_ptr<Job>>;

template <typename T, typename Work>
class Call final : public Job
{
public:
    Call(std::shared_ptr<threads::Postbox> postbox, QObject *context, Done<T> done, Work work)
        : Job(std::move(postbox))
        , m_context(context)
        , m_done(std::move(done))
        , m_work(std::move(work))
    { }

    bool run(Connection &connection) override
    {
        m_result.emplace(m_work(connection));
        return m_result->ok();
    }
    bool leavesNothing() const override
    {
        if constexpr (requires { Work::leavesNothing; })
            return Work::leavesNothing;
        return false;
    }
    bool keepsHeads() const override
    {
        if constexpr (requires { Work::keepsHeads; })
            return Work::keepsHeads;
        return leavesNothing();
    }
    void refuse(Error error) override
    {
        if constexpr (requires { m_work.refused(error); })
            m_work.refused(error);
        m_result.emplace(std::move(error));
    }
    void collect(std::vector<CommitNotice> &notices) override
    {
        if constexpr (requires { m_work.collect(**m_result, notices); }) {
            if (m_result && m_result->ok())
                m_work.collect(**m_result, notices);
        }
    }
    /// On the context's thread: answers, if the context still lives.
    void deliver() override
    {
        // A QObject is destroyed on its own thread, which is this one: it cannot go away between the two
        // lines.
        if (m_context && m_done && m_result)
            m_done(std::move(*m_result));
    }

private:
    QPointer<QObject> m_context;
    Done<T> m_done;
    Work m_work;
    std::optional<Result<T>> m_result;
};

/// Posts every job of a batch to its own postbox, in order and with one wake-up per thread.
void postAnswers(Jobs jobs);

} // namespace rookery::store
