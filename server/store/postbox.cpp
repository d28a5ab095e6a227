#include "server/store/postbox.h"

#include "server/store/job.h"

#include <QCoreApplication>
#include <QEvent>
#include <QThread>

#include <algorithm>
#include <deque>

namespace rookery::store {

namespace {

const QEvent::Type mailEvent = QEvent::Type(QEvent::registerEventType());

} // namespace

struct Postbox::Mail
{
    QMutex mutex;
    std::deque<std::unique_ptr<Job>> jobs;
    bool announced = false; ///< an event is on its way that will take everything

    std::unique_ptr<Job> take()
    {
        const QMutexLocker lock(&mutex);
        if (jobs.empty())
            return nullptr;
        auto job = std::move(jobs.front());
        jobs.pop_front();
        return job;
    }
};

Postbox::Postbox()
    : m_mail(std::make_shared<Mail>())
{ }

Postbox::~Postbox() = default;

std::shared_ptr<Postbox> Postbox::create(QThread *thread)
{
    auto *box = new Postbox;
    box->moveToThread(thread);
    return std::shared_ptr<Postbox>(box, [](Postbox *last) {
        // Posted behind the answers, so that it is destroyed after they were delivered. Without a thread
        // nobody can run, and nobody would ever delete it.
        if (last->thread())
            last->deleteLater();
        else
            delete last;
    });
}

void Postbox::post(Jobs jobs)
{
    {
        const QMutexLocker lock(&m_mail->mutex);
        for (auto &job : jobs)
            m_mail->jobs.push_back(std::move(job));
        if (m_mail->announced)
            return;
        m_mail->announced = true;
    }
    QCoreApplication::postEvent(this, new QEvent(mailEvent));
}

bool Postbox::event(QEvent *event)
{
    if (event->type() != mailEvent)
        return QObject::event(event);
    const auto mail = m_mail;
    {
        const QMutexLocker lock(&mail->mutex);
        mail->announced = false;
    }
    // One by one from the shared queue: an answer may run an event loop of its own, and the order must hold.
    while (const auto job = mail->take())
        job->deliver();
    return true;
}

std::shared_ptr<Postbox> Postboxes::of(const QObject *context)
{
    QThread *thread = context ? context->thread() : nullptr;
    if (!thread)
        return nullptr;
    const QMutexLocker lock(&m_mutex);
    auto &box = m_byThread[thread];
    // A thread made where a destroyed one had been has the same address, but a box of the old one has no
    // thread.
    if (!box || box->thread() != thread)
        box = Postbox::create(thread);
    return box;
}

void postAnswers(Jobs jobs)
{
    // Nearly always one or a few threads ask, so a list is searched faster than a hash.
    std::vector<std::pair<std::shared_ptr<Postbox>, Jobs>> parcels;
    for (auto &job : jobs) {
        auto postbox = job->takePostbox();
        if (!postbox)
            continue;
        const auto known = std::find_if(
            parcels.begin(), parcels.end(), [&](const auto &parcel) { return parcel.first == postbox; });
        if (known != parcels.end()) {
            known->second.push_back(std::move(job));
            continue;
        }
        parcels.emplace_back(std::move(postbox), Jobs());
        parcels.back().second.push_back(std::move(job));
    }
    for (auto &[postbox, answers] : parcels)
        postbox->post(std::move(answers));
}

} // namespace rookery::store
