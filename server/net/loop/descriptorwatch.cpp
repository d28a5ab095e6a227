// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/descriptorwatch.h"

#include "server/net/loop/notifierengine.h"

#include <QAbstractEventDispatcher>

namespace rookery::net {

namespace {

DescriptorWatch::Engine *engineOfThisThread()
{
    auto *const own = dynamic_cast<DescriptorWatch::Engine *>(QAbstractEventDispatcher::instance());
    return own ? own : NotifierEngine::ofThisThread();
}

} // namespace

DescriptorWatch::DescriptorWatch(int descriptor)
    : DescriptorWatch(descriptor, engineOfThisThread())
{ }

DescriptorWatch::DescriptorWatch(int descriptor, Engine *engine)
    : m_engine(engine)
    , m_descriptor(descriptor)
{
    m_engine->attach(this);
}

DescriptorWatch::~DescriptorWatch()
{
    stopWatching();
}

void DescriptorWatch::stopWatching()
{
    if (m_engine)
        std::exchange(m_engine, nullptr)->detach(this);
}

void DescriptorWatch::setInterest(Events events)
{
    if (events == m_interest)
        return;
    m_interest = events;
    if (m_engine)
        m_engine->update(this);
}

} // namespace rookery::net
