// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redisbuckets.h"

#include "server/bus/redis/redislink.h"

#include <QCryptographicHash>
#include <QMessageAuthenticationCode>
#include <QPointer>
#include <QTimer>

#include <algorithm>
#include <deque>
#include <utility>

namespace rookery::bus {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// A bucket is the time at which it will be full, in microseconds; one without a key is full. As auth::RateLimiter counts.
/// A clock that was set back leaves no bucket emptier than empty.
/// KEYS: buckets. ARGV: for each of them, the microseconds of a token and those from empty to full.
/// Answers with 0, or the microseconds until the first bucket that is empty has a token.
const QByteArray takeScript =
    QByteArrayLiteral("local t = redis.call('TIME') "
                      "local now = t[1] * 1000000 + t[2] "
                      "for i, key in ipairs(KEYS) do "
                      "local token, capacity = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i]) "
                      "local full = tonumber(redis.call('GET', key)) or now "
                      "full = math.min(math.max(full, now), now + capacity) + token "
                      "local missing = full - now - capacity "
                      "if missing > 0 then return missing end "
                      "redis.call('SET', key, string.format('%.0f', full), "
                      "'PX', string.format('%.0f', math.ceil((full - now) / 1000))) "
                      "end "
                      "return 0");

const QByteArray &digestOfScript()
{
    static const QByteArray digest = QCryptographicHash::hash(takeScript, QCryptographicHash::Sha1).toHex();
    return digest;
}

/// The word that an error begins with, such as OOM; the rest may repeat what was sent.
QByteArray firstWord(const QByteArray &error)
{
    constexpr qsizetype longest = 20;
    const auto end = std::ranges::find_if_not(error, [](char c) { return c >= 'A' && c <= 'Z'; });
    return error.left(std::min(longest, qsizetype(end - error.begin())));
}

/// An answer on its way to the thread of a context that may be destroyed at any moment.
class AnswerMail final : public threads::Mail
{
public:
    AnswerMail(QObject *context, Buckets::Answer answer)
        : m_context(context)
        , m_answer(std::move(answer))
    { }

    void set(std::optional<milliseconds> wait) { m_wait = wait; }
    void deliver() override
    {
        if (m_context)
            m_answer(m_wait);
    }

private:
    const QPointer<QObject> m_context;
    const Buckets::Answer m_answer;
    std::optional<milliseconds> m_wait;
};

} // namespace

/// What was asked. Answered once; with nullopt when nobody has it any more.
class RedisBuckets::Question
{
public:
    Question(std::vector<QByteArray> asked, std::shared_ptr<threads::Postbox> postbox,
        std::unique_ptr<AnswerMail> mail, std::atomic<int> *unanswered)
        : words(std::move(asked))
        , until(Clock::now() + answerTime)
        , m_postbox(std::move(postbox))
        , m_mail(std::move(mail))
        , m_unanswered(unanswered)
    { }
    Question(const Question &) = delete;
    Question &operator=(const Question &) = delete;
    ~Question() { answer(std::nullopt); }

    bool isAnswered() const { return !m_mail; }
    void answer(std::optional<milliseconds> wait)
    {
        if (isAnswered())
            return;
        m_mail->set(wait);
        threads::Mails mails;
        mails.push_back(std::move(m_mail));
        m_postbox->post(std::move(mails));
        --*m_unanswered;
    }

    const std::vector<QByteArray> words; ///< behind those that say which script
    const Clock::time_point until;

private:
    const std::shared_ptr<threads::Postbox> m_postbox;
    std::unique_ptr<AnswerMail> m_mail;
    std::atomic<int> *const m_unanswered;
};

/// The part on the thread.
class RedisBuckets::Asker final : public QObject
{
public:
    Asker(RedisOptions redis, std::atomic<bool> *isOpen)
        : m_link(std::move(redis), this)
        , m_isOpen(isOpen)
    {
        connect(&m_link, &RedisLink::opened, this, &Asker::opened);
        connect(&m_link, &RedisLink::closed, this, &Asker::closed);
        m_overdue.setSingleShot(true);
        m_overdue.setTimerType(Qt::PreciseTimer);
        connect(&m_overdue, &QTimer::timeout, this, &Asker::giveUp);
        m_link.open();
    }
    ~Asker() override
    {
        m_link.disconnect(this);
        m_link.finish(milliseconds(0));
    }

    void ask(const std::shared_ptr<Question> &question)
    {
        if (!m_link.isOpen())
            return;
        m_waiting.push_back(question);
        if (!m_overdue.isActive())
            giveUp();
        if (!question->isAnswered())
            send("EVALSHA", digestOfScript(), question);
    }

private:
    using Answered = std::shared_ptr<Question>;

    void send(const QByteArray &command, const QByteArray &script, const Answered &question)
    {
        RedisLink::Words words{command, script};
        words.insert(words.end(), question->words.begin(), question->words.end());
        m_link.tryAsking(words, [this, question](const RedisReply &reply) { take(question, reply); });
    }

    void take(const Answered &question, const RedisReply &reply)
    {
        if (reply.isError() && reply.text.startsWith("NOSCRIPT")) {
            send("EVAL", takeScript, question);
            return;
        }
        *m_isOpen = true; // it owes nothing that was asked before this
        if (reply.isError()) {
            refused(firstWord(reply.text));
        } else if (reply.kind != RedisReply::Kind::Integer || reply.integer < 0) {
            m_link.cut(QStringLiteral("answers nonsense about attempts"));
        } else {
            m_link.proved();
            question->answer(std::chrono::ceil<milliseconds>(microseconds(reply.integer)));
            tell({});
        }
        question->answer(std::nullopt);
        while (!m_waiting.empty() && m_waiting.front()->isAnswered())
            m_waiting.pop_front();
    }

    void refused(const QByteArray &why)
    {
        // A replica, which was the master: the Sentinels know a better one.
        if (why == "READONLY")
            m_link.cut(QStringLiteral("is no master any more"));
        else
            tell(QStringLiteral("Redis refuses it: %1").arg(QLatin1String(why)));
    }

    /// Those whose time is over have no answer. Runs again when the next one's is.
    void giveUp()
    {
        while (!m_waiting.empty()) {
            Question &oldest = *m_waiting.front();
            const auto left = oldest.until - Clock::now();
            if (!oldest.isAnswered() && left.count() > 0) {
                m_overdue.start(std::chrono::ceil<milliseconds>(left));
                return;
            }
            if (!oldest.isAnswered()) {
                *m_isOpen = false;
                tell(QStringLiteral("Redis did not answer within %1 ms").arg(answerTime.count()));
                oldest.answer(std::nullopt);
            }
            m_waiting.pop_front();
        }
    }

    void opened()
    {
        *m_isOpen = true;
        if (!std::exchange(m_hasBeenOpen, true))
            qInfo("log-ins are counted in Redis, for all nodes together");
    }

    void closed(const QString &reason)
    {
        *m_isOpen = false;
        for (const Answered &question : std::exchange(m_waiting, {}))
            question->answer(std::nullopt);
        tell(reason);
    }

    /// Why nothing is counted in common; empty: it is.
    void tell(const QString &problem)
    {
        const bool isSame = problem.isEmpty() == m_told.isEmpty();
        m_told = problem;
        if (isSame)
            return;
        if (problem.isEmpty())
            qInfo("log-ins are counted for all nodes together again");
        else
            qWarning("each node counts log-ins for itself: %s", qUtf8Printable(problem));
    }

    RedisLink m_link;
    std::atomic<bool> *const m_isOpen;
    std::deque<Answered> m_waiting; ///< in the order of their times
    QTimer m_overdue{this};
    QString m_told;
    bool m_hasBeenOpen = false;
};

RedisBuckets::RedisBuckets(RedisOptions redis, RedisBucketsOptions options)
    : m_options(std::move(options))
{
    m_thread.setObjectName(QStringLiteral("limits"));
    m_thread.start();
    m_anchor.moveToThread(&m_thread);
    QMetaObject::invokeMethod(
        &m_anchor, [&] { m_asker = std::make_unique<Asker>(std::move(redis), &m_isOpen); },
        Qt::BlockingQueuedConnection);
}

RedisBuckets::~RedisBuckets()
{
    QMetaObject::invokeMethod(
        &m_anchor, [this] { m_asker.reset(); }, Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

bool RedisBuckets::take(const std::vector<Bucket> &buckets, QObject *context, Answer answer)
{
    auto postbox = m_isOpen ? m_options.postboxes->of(context) : nullptr;
    if (!postbox)
        return false;
    if (m_asked.fetch_add(1) >= mostAsked) {
        --m_asked;
        return false;
    }
    RedisLink::Words words{QByteArray::number(qulonglong(buckets.size()))};
    for (const Bucket &bucket : buckets)
        words.push_back(keyOf(bucket));
    for (const Bucket &bucket : buckets) {
        // Rounded so that a full bucket does not hold a token less.
        words.push_back(QByteArray::number(
            qlonglong(std::max(std::chrono::floor<microseconds>(bucket.perToken), microseconds(1)).count())));
        words.push_back(
            QByteArray::number(qlonglong(std::chrono::ceil<microseconds>(bucket.capacity).count())));
    }
    const auto question = std::make_shared<Question>(std::move(words), std::move(postbox),
        std::make_unique<AnswerMail>(context, std::move(answer)), &m_asked);
    QMetaObject::invokeMethod(
        m_asker.get(), [asker = m_asker.get(), question] { asker->ask(question); }, Qt::QueuedConnection);
    return true;
}

QByteArray RedisBuckets::keyOf(const Bucket &bucket) const
{
    return m_options.prefix
        + QMessageAuthenticationCode::hash(bucket.name.toUtf8(), m_options.secret, QCryptographicHash::Sha256)
              .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

} // namespace rookery::bus
