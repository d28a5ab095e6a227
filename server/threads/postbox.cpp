// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/threads/postbox.h"

#include <QCoreApplication>
#include <QEvent>
#include <QThread>

#include <deque>
#include <iterator>

namespace rookery::threads {

namespace {

const QEvent::Type mailEvent = QEvent::Type(QEvent::registerEventType());

} // namespace

struct Postbox::Letters
{
    std::mutex mutex;
    std::deque<std::unique_ptr<Mail>> waiting;
    bool announced = false; ///< an event is on its way that will take everything
    std::mutex waking; ///< held while the thread is being woken
    bool closed = false; ///< guarded by `waking`

    std::unique_ptr<Mail> take()
    {
        const std::scoped_lock lock(mutex);
        if (waiting.empty())
            return nullptr;
        auto mail = std::move(waiting.front());
        waiting.pop_front();
        return mail;
    }
};

Postbox::Postbox()
    : m_letters(std::make_shared<Letters>())
{ }

Postbox::~Postbox() = default;

std::shared_ptr<Postbox> Postbox::create(QThread *thread)
{
    auto *box = new Postbox;
    box->moveToThread(thread);
    return std::shared_ptr<Postbox>(box, [](Postbox *last) {
        // Posted behind the mails, so that it is destroyed after they were delivered. Without a thread nobody
        // can run, and nobody would ever delete it.
        if (last->thread())
            last->deleteLater();
        else
            delete last;
    });
}

void Postbox::post(Mails mails)
{
    {
        const std::scoped_lock lock(m_letters->mutex);
        m_letters->waiting.insert(m_letters->waiting.end(), std::make_move_iterator(mails.begin()),
            std::make_move_iterator(mails.end()));
        if (m_letters->announced)
            return;
        m_letters->announced = true;
    }
    if (OneWakeUp::current)
        OneWakeUp::current->m_asleep.push_back(shared_from_this());
    else
        wake();
}

void Postbox::wake()
{
    const auto letters = m_letters;
    const std::scoped_lock lock(letters->waking);
    if (!letters->closed)
        QCoreApplication::postEvent(this, new QEvent(mailEvent));
}

void Postbox::close()
{
    const std::scoped_lock lock(m_letters->waking);
    m_letters->closed = true;
}

bool Postbox::event(QEvent *event)
{
    if (event->type() != mailEvent)
        return QObject::event(event);
    const auto letters = m_letters;
    {
        const std::scoped_lock lock(letters->mutex);
        letters->announced = false;
    }
    // One by one from the shared queue: a delivery may run an event loop of its own, and the order must hold.
    while (const auto mail = letters->take())
        mail->deliver();
    return true;
}

thread_local OneWakeUp *OneWakeUp::current = nullptr;

OneWakeUp::OneWakeUp()
{
    if (!current)
        current = this;
}

OneWakeUp::~OneWakeUp()
{
    if (current != this)
        return;
    current = nullptr;
    for (const auto &postbox : m_asleep)
        postbox->wake();
}

std::shared_ptr<Postbox> Postboxes::of(const QObject *object)
{
    QThread *thread = object ? object->thread() : nullptr;
    if (!thread)
        return nullptr;
    const std::scoped_lock lock(m_mutex);
    auto &box = m_byThread[thread];
    // A thread made where a destroyed one had been has the same address, but a box of the old one has no
    // thread.
    if (!box || box->thread() != thread)
        box = Postbox::create(thread);
    return box;
}

void Postboxes::close()
{
    const std::scoped_lock lock(m_mutex);
    const auto box = m_byThread.constFind(QThread::currentThread());
    if (box != m_byThread.constEnd())
        (*box)->close();
}

} // namespace rookery::threads
