// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/options.h"

#include <QTest>
#include <QUrl>

#include <iterator>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace storetest {

using namespace rookery;
using namespace rookery::store;

/// A place for the stores of one database, which the conformance suites open, close, kill and open again. A database
/// adds a file with its fixture, registered at its end (sqlitefixture.cpp, postgresfixture.cpp), and nothing else.
class StoreFixture
{
public:
    virtual ~StoreFixture() = default;
    /// Of the database.
    virtual const char *name() const = 0;
    /// Forgets everything: the next open() finds nothing. Called before the first one, too.
    virtual void wipe() = 0;
    /// For store::open(), in this process or another one.
    virtual QUrl url() const = 0;

    /// The store on what the last one left behind; null, with a warning, if it cannot be opened.
    std::unique_ptr<Store> open(StoreOptions options = {});
    /// What its stores have told their commit observer since the last call, in order.
    std::vector<CommitNotice> takeNotices();

    /// By which its stores answer. A thread that has called one closes its own before it ends (Postboxes).
    const std::shared_ptr<threads::Postboxes> postboxes = std::make_shared<threads::Postboxes>();

private:
    std::mutex m_mutex;
    std::vector<CommitNotice> m_notices;
};

/// Those of all databases.
std::vector<std::unique_ptr<StoreFixture>> &storeFixtures();

/// `const bool registered = storetest::addFixture<MyFixture>();`
template <typename Fixture>
bool addFixture()
{
    storeFixtures().push_back(std::make_unique<Fixture>());
    return true;
}

/// Runs each of these test classes, made from a StoreFixture, on each database. Answers how many tests failed.
template <typename... Suites>
int runOnEveryDatabase(int argc, char **argv)
{
    int failed = storeFixtures().empty() ? 1 : 0;
    for (const auto &fixture : storeFixtures()) {
        qInfo("on %s", fixture->name());
        const auto run = [&](auto &&suite) { failed += QTest::qExec(&suite, argc, argv); };
        (run(Suites(fixture.get())), ...);
    }
    storeFixtures().clear(); // servers end while there is an application
    return failed;
}

} // namespace storetest
