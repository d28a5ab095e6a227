// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/store/storefixture.h"

#include "server/store/factory/storefactory.h"

namespace storetest {

std::unique_ptr<Store> StoreFixture::open(StoreOptions options)
{
    options.postboxes = postboxes;
    options.committed = [this](std::vector<CommitNotice> notices) {
        const std::scoped_lock lock(m_mutex);
        std::move(notices.begin(), notices.end(), std::back_inserter(m_notices));
    };
    auto store = store::open(url(), options);
    if (!store) {
        qWarning("%ls", qUtf16Printable(store.error().detail));
        return nullptr;
    }
    return std::move(store).value();
}

std::vector<CommitNotice> StoreFixture::takeNotices()
{
    const std::scoped_lock lock(m_mutex);
    return std::exchange(m_notices, {});
}

std::vector<std::unique_ptr<StoreFixture>> &storeFixtures()
{
    static std::vector<std::unique_ptr<StoreFixture>> all;
    return all;
}

} // namespace storetest
