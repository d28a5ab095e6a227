// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/jobs/job.h"

#include <algorithm>

namespace rookery::store {

void postAnswers(Jobs jobs)
{
    // Nearly always there are only a few threads, and a list is faster than a hash.
    std::vector<std::pair<std::shared_ptr<threads::Postbox>, threads::Mails>> parcels;
    for (auto &job : jobs) {
        auto postbox = job->takePostbox();
        if (!postbox)
            continue;
        auto known = std::find_if(
            parcels.begin(), parcels.end(), [&](const auto &parcel) { return parcel.first == postbox; });
        if (known == parcels.end())
            known = parcels.emplace(parcels.end(), std::move(postbox), threads::Mails());
        known->second.push_back(std::move(job));
    }
    for (auto &[postbox, answers] : parcels)
        postbox->post(std::move(answers));
}

} // namespace rookery::store
