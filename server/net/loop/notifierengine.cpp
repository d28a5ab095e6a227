// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/notifierengine.h"

namespace rookery::net {

NotifierEngine *NotifierEngine::ofThisThread()
{
    thread_local NotifierEngine engine;
    return &engine;
}

void NotifierEngine::attach(DescriptorWatch *watch)
{
    m_notifiers.emplace(watch, Notifiers());
}

void NotifierEngine::update(DescriptorWatch *watch)
{
    Notifiers &notifiers = m_notifiers.at(watch);
    apply(watch, notifiers.read, QSocketNotifier::Read, DescriptorWatch::Read);
    apply(watch, notifiers.write, QSocketNotifier::Write, DescriptorWatch::Write);
}

void NotifierEngine::apply(DescriptorWatch *watch, std::unique_ptr<QSocketNotifier> &notifier,
    QSocketNotifier::Type type, DescriptorWatch::Event event)
{
    const bool on = watch->interest() & event;
    if (!notifier) {
        if (!on)
            return;
        notifier = std::make_unique<QSocketNotifier>(watch->descriptor(), type);
        QObject::connect(notifier.get(), &QSocketNotifier::activated, notifier.get(),
            [watch, event] { watch->descriptorReady(event); });
    }
    if (notifier->isEnabled() != on)
        notifier->setEnabled(on);
}

/// Also safe inside a notifier's own signal: QSocketNotifier allows it.
void NotifierEngine::detach(DescriptorWatch *watch)
{
    m_notifiers.erase(watch);
}

} // namespace rookery::net
