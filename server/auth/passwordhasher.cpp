// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/passwordhasher.h"

#include "server/threads/thread.h"

#include <QLoggingCategory>
#include <QPointer>
#include <QThread>

#include <sodium.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#ifdef Q_OS_LINUX
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace rookery::auth {

Q_LOGGING_CATEGORY(lcPassword, "rookery.auth.password")

namespace {

// The smallest argon2id parameters that OWASP recommends with one lane.
constexpr unsigned long long operations = 2;
constexpr size_t memoryBytes = size_t(19) * 1024 * 1024;

/// The UTF-8 of a password, wiped on destruction.
class Secret
{
public:
    explicit Secret(const QString &text)
        : m_bytes(text.toUtf8())
    { }
    Secret(Secret &&other) noexcept
        : m_bytes(std::exchange(other.m_bytes, {}))
    { }
    Secret(const Secret &) = delete;
    Secret &operator=(const Secret &) = delete;
    Secret &operator=(Secret &&) = delete;
    ~Secret()
    {
        if (!m_bytes.isEmpty())
            sodium_memzero(m_bytes.data(), size_t(m_bytes.size()));
    }

    const char *data() const { return m_bytes.constData(); }
    unsigned long long size() const { return static_cast<unsigned long long>(m_bytes.size()); }

private:
    QByteArray m_bytes;
};

/// One result on its way to the thread of a context that may be destroyed at any moment. The callback and
/// everything it captures are called and destroyed on that thread only.
template <typename T>
class Answer final : public threads::Mail
{
public:
    Answer(QObject *context, std::function<void(Result<T>)> done)
        : m_context(context)
        , m_done(std::move(done))
    { }

    void set(Result<T> result) { m_result.emplace(std::move(result)); }
    void deliver() override
    {
        if (m_context && m_result)
            m_done(std::move(*m_result));
    }

private:
    QPointer<QObject> m_context;
    std::function<void(Result<T>)> m_done;
    std::optional<Result<T>> m_result; ///< none: dropped
};

/// Delivers one result: set once or dropped, and posted in both cases.
template <typename T>
class Delivery
{
public:
    Delivery(std::shared_ptr<threads::Postbox> postbox, std::unique_ptr<Answer<T>> answer)
        : m_postbox(std::move(postbox))
        , m_answer(std::move(answer))
    { }

    void answer(Result<T> result)
    {
        m_answer->set(std::move(result));
        drop();
    }
    void drop()
    {
        if (!m_postbox)
            return;
        threads::Mails mails;
        mails.push_back(std::move(m_answer));
        m_postbox->post(std::move(mails));
    }

private:
    std::shared_ptr<threads::Postbox> m_postbox;
    std::unique_ptr<Answer<T>> m_answer;
};

/// A random hash with the cost of a real one, compared against when the user does not exist.
QByteArray decoyHash()
{
    const auto random = [](qsizetype size) {
        QByteArray bytes(size, Qt::Uninitialized);
        randombytes_buf(bytes.data(), size_t(size));
        return bytes.toBase64(QByteArray::OmitTrailingEquals);
    };
    return "$argon2id$v=19$m=" + QByteArray::number(qulonglong(memoryBytes / 1024))
        + ",t=" + QByteArray::number(operations) + ",p=1$" + random(16) + '$' + random(32);
}

Result<QString> makeHash(const Secret &password)
{
    char text[crypto_pwhash_argon2id_STRBYTES] = {};
    if (crypto_pwhash_argon2id_str(text, password.data(), password.size(), operations, memoryBytes) != 0) {
        qCWarning(lcPassword, "no memory to hash a password");
        return Error{ErrorCode::Overloaded,
            QStringLiteral("The server is too busy to do this now. Try again in a moment."), {},
            std::chrono::seconds(1)};
    }
    return QString::fromLatin1(text);
}

Result<bool> compare(const Secret &password, const QByteArray &hash)
{
    if (hash.startsWith(crypto_pwhash_argon2id_STRPREFIX)
        && hash.size() < qsizetype(crypto_pwhash_argon2id_STRBYTES)) {
        errno = 0;
        if (crypto_pwhash_argon2id_str_verify(hash.constData(), password.data(), password.size()) == 0)
            return true;
        if (errno == EINVAL) // libsodium: computed, and different
            return false;
    }
    qCWarning(lcPassword, "a password could not be compared: its hash is damaged, or there is no memory");
    return Error{ErrorCode::Internal, QStringLiteral("The password could not be checked.")};
}

} // namespace

class PasswordHasher::Private
{
public:
    struct Job
    {
        std::function<void()> run;
        std::function<void()> drop;
    };

    Private(int bound, std::shared_ptr<threads::Postboxes> boxes)
        : queueBound(size_t(std::max(1, bound)))
        , postboxes(std::move(boxes))
        , decoy(decoyHash())
    {
        const int width = std::max(1, QThread::idealThreadCount());
        for (int i = 0; i < width; ++i) {
            workers.push_back(std::make_unique<threads::Thread>("password", [this] { work(); }));
        }
    }

    ~Private()
    {
        {
            const std::scoped_lock lock(mutex);
            stopping = true;
        }
        wake.notify_all();
        workers.clear();
        for (const Job &job : queue)
            job.drop();
    }

    /// Returns nullopt if the job was queued, otherwise how long to wait before retrying.
    std::optional<std::chrono::milliseconds> enqueue(Job job)
    {
        {
            const std::scoped_lock lock(mutex);
            if (queue.size() >= queueBound) {
                const qint64 wait = lastMilliseconds * qint64(queue.size()) / qint64(workers.size());
                return std::chrono::milliseconds(std::max<qint64>(1000, wait));
            }
            queue.push_back(std::move(job));
        }
        wake.notify_one();
        return std::nullopt;
    }

    template <typename T, typename Work>
    void submit(QObject *context, std::function<void(Result<T>)> done, Work work)
    {
        auto delivery = std::make_shared<Delivery<T>>(
            postboxes->of(context), std::make_unique<Answer<T>>(context, std::move(done)));
        // std::function requires copyable captures; the secret must not be copied.
        auto shared = std::make_shared<Work>(std::move(work));
        const auto refused = enqueue({
            [delivery, shared] { delivery->answer((*shared)()); },
            [delivery] { delivery->drop(); },
        });
        if (refused) {
            delivery->answer(Error{ErrorCode::Overloaded,
                QStringLiteral("Too many people are logging in at once. Try again in a moment."), {},
                *refused});
        }
    }

    const size_t queueBound;
    const std::shared_ptr<threads::Postboxes> postboxes;
    const QByteArray decoy;

private:
#ifdef Q_OS_LINUX
    /// Logs one line for all threads and both calls: a seccomp filter denies them alike.
    void tellOnce(const char *what, int error)
    {
        if (!told.test_and_set())
            qCWarning(lcPassword,
                "the threads that hash passwords do not get %s (%s): many log-ins at once will slow down "
                "everybody",
                what, std::strerror(error));
    }
    std::atomic_flag told;
#endif

    void work()
    {
#ifdef Q_OS_LINUX
        // A storm of log-ins must not take the cores from connections that are already served. On Linux
        // niceness is a property of the thread. SCHED_BATCH: a thread that wakes up waits its turn instead of
        // preempting another, even if the daemon was started with a real-time policy.
        const sched_param none{};
        if (sched_setscheduler(0, SCHED_BATCH, &none) != 0)
            tellOnce("SCHED_BATCH", errno);
        if (setpriority(PRIO_PROCESS, id_t(syscall(SYS_gettid)), 10) != 0)
            tellOnce("a lower priority", errno);
#endif
        std::unique_lock lock(mutex);
        for (;;) {
            wake.wait(lock, [this] { return stopping || !queue.empty(); });
            if (stopping)
                return;
            Job job = std::move(queue.front());
            queue.pop_front();
            lock.unlock();
            const auto begin = std::chrono::steady_clock::now();
            job.run();
            job = {};
            const auto spent = std::chrono::steady_clock::now() - begin;
            lock.lock();
            lastMilliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(spent).count();
        }
    }

    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Job> queue;
    qint64 lastMilliseconds = 0;
    bool stopping = false;
    std::vector<std::unique_ptr<threads::Thread>> workers;
};

PasswordHasher::PasswordHasher(int queueBound, std::shared_ptr<threads::Postboxes> postboxes)
{
    if (sodium_init() < 0)
        qFatal("libsodium could not be initialised");
    d = std::make_unique<Private>(queueBound, std::move(postboxes));
}

PasswordHasher::~PasswordHasher() = default;

void PasswordHasher::hash(
    const QString &password, QObject *context, std::function<void(Result<QString>)> done)
{
    d->submit<QString>(context, std::move(done),
        [secret = Secret(password)]() -> Result<QString> { return makeHash(secret); });
}

void PasswordHasher::verify(
    const QString &password, const QString &hash, QObject *context, std::function<void(Result<bool>)> done)
{
    verify(QStringList{password}, hash, context, std::move(done));
}

void PasswordHasher::verify(const QStringList &spellings, const QString &hash, QObject *context,
    std::function<void(Result<bool>)> done)
{
    std::vector<Secret> secrets;
    for (const QString &spelling : spellings)
        secrets.emplace_back(spelling);
    const bool known = !hash.isEmpty();
    d->submit<bool>(context, std::move(done),
        [secrets = std::move(secrets), hash = known ? hash.toLatin1() : d->decoy, known]() -> Result<bool> {
            bool same = false;
            for (const Secret &secret : secrets) {
                const auto compared = compare(secret, hash);
                if (!compared)
                    return compared.error();
                same = same || *compared;
            }
            return same && known;
        });
}

} // namespace rookery::auth
