#pragma once

#include "server/auth/passwordhasher.h"
#include "server/auth/tokensigner.h"
#include "server/core/accounts.h"
#include "server/core/hub.h"
#include "server/core/messages.h"
#include "server/core/rooms.h"
#include "server/store/sqlstore.h"

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

/// The whole core on a database of its own, without sockets.
struct CoreFixture
{
    explicit CoreFixture(core::AccountsOptions accountsOptions = {}, core::RoomsOptions roomsOptions = {})
    {
        auto opened = store::openSqlite({directory.filePath(QStringLiteral("test.db"))});
        if (!opened)
            qFatal("%s", qUtf8Printable(opened.error().detail));
        store = std::move(opened).value();
        accounts = std::make_unique<core::Accounts>(store.get(), &hasher, &signer, accountsOptions);
        rooms = std::make_unique<core::Rooms>(store.get(), accounts.get(), &hub, roomsOptions);
        messages =
            std::make_unique<core::Messages>(store.get(), accounts.get(), &hub, accountsOptions.limits);
        const auto lobby = answerOf<Room>([this](auto *context, auto done) { rooms->start(context, done); });
        if (!lobby)
            qFatal("%s", qUtf8Printable(lobby.error().detail));
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
    Result<core::Sent> send(const core::Principal &principal, const Room &room, const QString &text,
        std::optional<QString> clientId = std::nullopt)
    {
        return answerOf<core::Sent>([&](auto *context, auto done) {
            messages->send(principal, room, {text, clientId}, QStringLiteral("message"), context, done);
        });
    }

    QTemporaryDir directory;
    std::unique_ptr<store::Store> store;
    auth::PasswordHasher hasher{64};
    auth::TokenSigner signer{QByteArray(32, 'k'), QStringLiteral("test"), QStringLiteral("test")};
    core::Hub hub;
    std::unique_ptr<core::Accounts> accounts;
    std::unique_ptr<core::Rooms> rooms;
    std::unique_ptr<core::Messages> messages;
};

} // namespace rookery::test
