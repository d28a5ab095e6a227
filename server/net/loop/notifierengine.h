// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/loop/descriptorwatch.h"

#include <QSocketNotifier>

#include <memory>
#include <unordered_map>

namespace rookery::net {

/// DescriptorWatches on QSocketNotifiers, for threads with any other event dispatcher.
///
/// Thread: one per thread.
class NotifierEngine final : public DescriptorWatch::Engine
{
public:
    static NotifierEngine *ofThisThread();

    void attach(DescriptorWatch *watch) override;
    void update(DescriptorWatch *watch) override;
    void detach(DescriptorWatch *watch) override;

private:
    struct Notifiers
    {
        std::unique_ptr<QSocketNotifier> read; ///< both created on first use
        std::unique_ptr<QSocketNotifier> write;
    };

    void apply(DescriptorWatch *watch, std::unique_ptr<QSocketNotifier> &notifier, QSocketNotifier::Type type,
        DescriptorWatch::Event event);

    std::unordered_map<DescriptorWatch *, Notifiers> m_notifiers;
};

} // namespace rookery::net
