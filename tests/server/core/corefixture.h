// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/auth/passwordhasher.h"
#include "server/auth/tokensigner.h"
#include "server/bus/memory/memorybus.h"
#include "server/core/sharedstate.h"
#include "server/core/threadcore.h"
#include "server/store/sqlite/sqlitestore.h"
#include "tests/server/bus/forwardingbus.h"

#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <optional>

namespace rookery::test {

/// Waits for the answer of one asynchronous call: `auto room = answerOf<Room>([&](auto *context, auto done) {
/// … });`
template <typename T, typename Call>
Result<T> answerOf(Call call)
{
    QObject context;
    std::optional<Result<T>> answer;
    call(&context, [&answer](Result<T> result) { answer.emplace(std::move(result)); });
    if (!QTest::qWaitFor([&answer] { return answer.has_value(); }, 15'000))
        return Error{ErrorCode::Internal, QStringLiteral("no answer came")};
    return *answer;
}

/// With guests, and logging in as often as a test does.
inline core::AccountsOptions withoutLogInLimit()
{
    core::AccountsOptions options;
    options.limits.loginsPerMinute = 0;
    options.guests = true;
    return options;
}

/// The whole core of one thread on a database of its own, without sockets.
struct CoreFixture
{
    explicit CoreFixture(core::AccountsOptions accountsOptions = {}, core::RoomsOptions roomsOptions = {},
        std::chrono::milliseconds headRound = core::HeadCheck::defaultRound)
        : shared(accountsOptions.limits)
    {
        store::SqliteOptions options;
        options.path = directory.filePath(QStringLiteral("test.db"));
        options.postboxes = postboxes;
        options.committed = core::ThreadCore::announceOn(&bus);
        auto opened = store::SqliteStore::open(options);
        if (!opened)
            qFatal("%s", qUtf8Printable(opened.error().detail));
        store = std::move(opened).value();
        const auto lobby = answerOf<Room>([&](auto *context, auto done) {
            core::Rooms::openLobby(store.get(), accountsOptions.limits, context, done);
        });
        if (!lobby)
            qFatal("%s", qUtf8Printable(lobby.error().detail));
        services = {store.get(), &hasher, &signer, &bus, &shared, *lobby, headRound};
        thread.emplace(services, accountsOptions, roomsOptions);
        const core::Core parts = thread->core();
        accounts = parts.accounts;
        rooms = parts.rooms;
        messages = parts.messages;
        hub = parts.hub;
        invitations = parts.invitations;
    }

    core::Principal newUser(const QString &name)
    {
        const auto user = answerOf<User>([&](auto *context, auto done) {
            accounts->registerUser(name, QStringLiteral("correct horse"), {}, context, done);
        });
        return user ? core::Principal{*user, {}} : core::Principal();
    }
    Room openRoom(const core::Principal &principal, const QString &name)
    {
        const auto room =
            answerOf<Room>([&](auto *context, auto done) { rooms->open(principal, name, context, done); });
        return room ? *room : Room();
    }
    /// By a member; accepted at once.
    Result<Room> bringIn(const core::Principal &inviter, const core::Principal &invited, const Room &room)
    {
        const auto asked = answerOf<core::Invited>([&](auto *context, auto done) {
            invitations->invite(inviter, room.id, invited.user.id, context, done);
        });
        if (!asked)
            return asked.error();
        return answerOf<Room>(
            [&](auto *context, auto done) { rooms->join(invited, room.id, context, done); });
    }
    Result<core::Sent> send(const core::Principal &principal, const Room &room, const QString &text,
        std::optional<QString> clientId = std::nullopt)
    {
        return answerOf<core::Sent>([&](auto *context, auto done) {
            messages->send(principal, std::make_shared<const Room>(room), {text, clientId},
                QStringLiteral("message"), context, done);
        });
    }

    QTemporaryDir directory;
    std::shared_ptr<threads::Postboxes> postboxes = std::make_shared<threads::Postboxes>();
    bus::MemoryBus carrier{postboxes};
    LossyBus bus{&carrier};
    core::SharedState shared;
    std::unique_ptr<store::Store> store;
    auth::PasswordHasher hasher{64};
    auth::TokenSigner signer{QByteArray(32, 'k'), QStringLiteral("test"), QStringLiteral("test")};
    core::Services services;
    std::optional<core::ThreadCore> thread;
    core::Accounts *accounts = nullptr;
    core::Rooms *rooms = nullptr;
    core::Messages *messages = nullptr;
    core::Hub *hub = nullptr;
    core::Invitations *invitations = nullptr;
};

} // namespace rookery::test
