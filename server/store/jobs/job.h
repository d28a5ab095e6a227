// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/statement.h"
#include "server/store/store.h"
#include "server/threads/postbox.h"

#include <QPointer>

#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

namespace rookery::store {

/// One call of the store: it waits in a queue, runs on a database thread, and is then delivered on the caller's thread.
/// It has one owner at a time.
class Job : public threads::Mail
{
public:
    explicit Job(std::shared_ptr<threads::Postbox> postbox)
        : m_postbox(std::move(postbox))
    { }

    /// On the database thread, inside a transaction. False: the call was refused, and what it wrote must be undone.
    /// Throws DatabaseError.
    virtual bool run(Connection &connection) = 0;
    /// Whether run() leaves nothing to undo if it refuses or a statement fails. Such a job needs no savepoint.
    virtual bool leavesNothing() const { return false; }
    /// Whether LogHeads is still right after run(), whatever the result.
    virtual bool keepsHeads() const { return leavesNothing(); }
    /// Whether run() only reads, with a single statement.
    virtual bool isOneStatement() const { return false; }
    /// The message that run() appends, if it does nothing else; null otherwise. A database may store several of them at once
    /// instead of running them.
    virtual const NewMessage *message() const { return nullptr; }
    /// In place of run(): the message has been stored as this event, in this room.
    virtual void stored(RoomEvent /*event*/, std::shared_ptr<const Room> /*room*/) { }
    /// Replaces the result of run() by this error.
    virtual void refuse(Error error) = 0;
    /// After the commit: adds what the commit observer is to be told.
    virtual void collect(std::vector<CommitNotice> & /*notices*/) { }

    /// Where the answer goes. Taken from the job when it is posted, so that they do not keep each other alive.
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
    bool isOneStatement() const override
    {
        if constexpr (requires { m_work.isOneStatement(); })
            return m_work.isOneStatement();
        return false;
    }
    const NewMessage *message() const override
    {
        if constexpr (appends)
            return &m_work.message;
        return nullptr;
    }
    void stored(RoomEvent event, std::shared_ptr<const Room> room) override
    {
        if constexpr (appends) {
            m_work.room = std::move(room);
            m_result.emplace(T{std::move(event), false});
        }
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
    /// On the context's thread: answers, if the context still exists.
    void deliver() override
    {
        // A QObject is destroyed on its own thread, which is this one, so not between these two lines.
        if (m_context && m_done && m_result)
            m_done(std::move(*m_result));
    }

private:
    static constexpr bool appends = std::is_same_v<T, Appended> && requires(Work work)
    {
        requires std::is_same_v<decltype(work.message), NewMessage>;
    };

    QPointer<QObject> m_context;
    Done<T> m_done;
    Work m_work;
    std::optional<Result<T>> m_result;
};

/// Posts each job of a batch to its postbox, in order and with one wake-up per thread.
void postAnswers(Jobs jobs);

} // namespace rookery::store
