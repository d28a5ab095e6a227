// SPDX-License-Identifier: GPL-3.0-or-later
// Log-ins and their ends on two nodes that share a database, without any bus between them.

#include "common/ids.h"
#include "server/core/sessionwatch.h"
#include "server/store/postgres/postgresstore.h"
#include "tests/server/core/corefixture.h"
#include "tests/server/core/hublisteners.h"
#include "tests/support/postgresserver.h"

#include <QSignalSpy>

using namespace rookery;
using namespace rookery::core;
using namespace rookery::test;

namespace {

const QString password = QStringLiteral("correct horse");

/// The core of a node's only thread.
struct Node
{
    Node(const QString &conninfo, const AccountsOptions &accountsOptions)
        : shared(accountsOptions.limits)
    {
        store::postgres::PostgresOptions options;
        options.conninfo = conninfo;
        options.postboxes = postboxes;
        auto opened = store::postgres::PostgresStore::open(options);
        if (!opened)
            qFatal("%s", qUtf8Printable(opened.error().detail));
        store = std::move(opened).value();
        watch.emplace(store.get(), &shared.sessions);
        const auto begun =
            answerOf<Nothing>([this](auto *context, auto done) { watch->begin(context, done); });
        if (!begun)
            qFatal("%s", qUtf8Printable(begun.error().detail));
        thread.emplace(
            Services{store.get(), &hasher, &signer, &bus, &shared, {}, HeadCheck::defaultRound, &*watch},
            accountsOptions, RoomsOptions());
        accounts = thread->core().accounts;
        hub = thread->core().hub;
    }

    Result<LogIn> logIn(const QString &name)
    {
        return answerOf<LogIn>([&](auto *context, auto done) {
            accounts->logIn(name, password, {QStringLiteral("192.0.2.1"), QStringLiteral("192.0.2.1"), {}},
                context, done);
        });
    }
    Result<Principal> authenticate(const QByteArray &token, const QString &network = {})
    {
        return answerOf<Principal>(
            [&](auto *context, auto done) { accounts->authenticate(token, network, context, done); });
    }
    /// Whether the token is known to be worthless.
    bool refuses(const QByteArray &token) const
    {
        const auto owner = accounts->knownOwner(token);
        return owner && !*owner && owner->error().code == ErrorCode::Unauthorized;
    }
    bool accepts(const QByteArray &token) const
    {
        const auto owner = accounts->knownOwner(token);
        return owner && owner->ok();
    }

    std::shared_ptr<threads::Postboxes> postboxes = std::make_shared<threads::Postboxes>();
    bus::MemoryBus bus{postboxes};
    SharedState shared;
    std::unique_ptr<store::Store> store;
    std::optional<SessionWatch> watch;
    auth::PasswordHasher hasher{64};
    auth::TokenSigner signer{QByteArray(32, 'k'), QStringLiteral("test"), QStringLiteral("test")};
    std::optional<ThreadCore> thread;
    Accounts *accounts = nullptr;
    Hub *hub = nullptr;
};

} // namespace

class SessionWatchTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void logInIsGoodOnTheOtherNode();
    void revocationReachesTheOtherNode();
    void newPasswordEndsSessionsElsewhere();
    void sessionsOfAllNodesAreCounted();
    void nothingCountsWithoutTheStore();
    void endedSessionIsSoughtOnce();
    void lookUpsAreLimited();
    void purgedLogIsReplacedByTheSessions();
    void lookUpDoesNotBringBackWhatHasEnded();
    void endsWhileLoadingAreNotUndone();

private:
    void ask(const QString &sql) { m_server.ask(m_database, sql); }
    void start(const AccountsOptions &options);

    PostgresServer m_server;
    QString m_database;
    std::unique_ptr<Node> m_here;
    std::unique_ptr<Node> m_there;
    User m_ann;
    int m_users = 0;
};

void SessionWatchTest::initTestCase()
{
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
}

void SessionWatchTest::init()
{
    if (!m_server.isRunning())
        QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
    m_database = m_server.makeDatabase();
    QVERIFY2(!m_database.isEmpty(), qPrintable(m_server.why()));
    start(withoutLogInLimit());
}

void SessionWatchTest::cleanup()
{
    m_here.reset();
    m_there.reset();
    m_server.dropDatabase(m_database);
}

void SessionWatchTest::start(const AccountsOptions &options)
{
    m_here = std::make_unique<Node>(m_server.conninfo(m_database), options);
    m_there = std::make_unique<Node>(m_server.conninfo(m_database), options);
    const auto ann = answerOf<User>([&](auto *context, auto done) {
        m_here->accounts->registerUser(
            QStringLiteral("ann-") + QChar(u'a' + m_users++), password, {}, context, done);
    });
    QVERIFY2(ann.ok(), ann.ok() ? "" : qPrintable(ann.error().detail));
    m_ann = *ann;
}

void SessionWatchTest::logInIsGoodOnTheOtherNode()
{
    const auto logIn = m_here->logIn(m_ann.name);
    QVERIFY(logIn.ok());
    QVERIFY(m_here->accepts(logIn->token));
    QVERIFY(!m_there->accounts->knownOwner(logIn->token));
    const auto owner = m_there->authenticate(logIn->token, QStringLiteral("192.0.2.7"));
    QVERIFY(owner.ok());
    QCOMPARE(owner->user, m_ann);
    QCOMPARE(owner->sessionId, logIn->principal.sessionId);
    QCOMPARE(owner->network, QStringLiteral("192.0.2.7"));
    // From now on it is in memory.
    QTRY_VERIFY(m_there->accepts(logIn->token));
}

/// THREATS 7.
void SessionWatchTest::revocationReachesTheOtherNode()
{
    const auto logIn = m_here->logIn(m_ann.name);
    const auto other = m_here->logIn(m_ann.name);
    QVERIFY(logIn.ok() && other.ok());
    QVERIFY(m_there->authenticate(logIn->token).ok());
    QVERIFY(m_there->authenticate(other->token).ok());
    test::Session socket(m_ann, logIn->principal.sessionId);
    test::Session otherSocket(m_ann, other->principal.sessionId);
    m_there->hub->addSession(&socket);
    m_there->hub->addSession(&otherSocket);
    const auto revoked = answerOf<Nothing>([&](auto *context, auto done) {
        m_here->accounts->revoke(logIn->principal, logIn->principal.sessionId, {}, context, done);
    });
    QVERIFY(revoked.ok());
    QVERIFY(m_here->refuses(logIn->token));
    QTRY_VERIFY(m_there->refuses(logIn->token));
    QTRY_COMPARE(socket.ended, QList<CloseCode>{CloseCode::Unauthorized});
    QVERIFY(m_there->authenticate(other->token).ok());
    QVERIFY(otherSocket.ended.isEmpty());
    m_there->hub->removeSession(&socket);
    m_there->hub->removeSession(&otherSocket);
}

/// THREATS 7.
void SessionWatchTest::newPasswordEndsSessionsElsewhere()
{
    const auto kept = m_here->logIn(m_ann.name);
    const auto other = m_there->logIn(m_ann.name);
    QVERIFY(kept.ok() && other.ok());
    const auto changed = answerOf<Nothing>([&](auto *context, auto done) {
        m_here->accounts->changePassword(
            kept->principal, password, QStringLiteral("battery staple"), {}, context, done);
    });
    QVERIFY(changed.ok());
    QVERIFY(m_here->refuses(other->token)); // which it has never seen
    QTRY_VERIFY(m_there->refuses(other->token));
    QVERIFY(m_there->authenticate(kept->token).ok());
}

void SessionWatchTest::sessionsOfAllNodesAreCounted()
{
    AccountsOptions options = withoutLogInLimit();
    options.limits.sessionsPerUser = 3;
    start(options);
    const auto first = m_here->logIn(m_ann.name);
    const auto second = m_there->logIn(m_ann.name);
    const auto third = m_here->logIn(m_ann.name);
    const auto fourth = m_there->logIn(m_ann.name);
    QVERIFY(first.ok() && second.ok() && third.ok() && fourth.ok());
    const auto sessions = answerOf<QList<SessionInfo>>(
        [&](auto *context, auto done) { m_there->accounts->sessions(fourth->principal, context, done); });
    QVERIFY(sessions.ok());
    QCOMPARE(sessions->size(), 3);
    QVERIFY(m_there->authenticate(fourth->token).ok());
    int refused = 0;
    for (const LogIn &one : {*first, *second, *third}) {
        const auto owner = m_there->authenticate(one.token);
        refused += !owner && owner.error().code == ErrorCode::Unauthorized;
    }
    QCOMPARE(refused, 1);
}

void SessionWatchTest::nothingCountsWithoutTheStore()
{
    const auto logIn = m_here->logIn(m_ann.name);
    QVERIFY(logIn.ok());
    QVERIFY(m_here->accepts(logIn->token));
    m_server.crash();
    QTRY_VERIFY(!m_here->accounts->knownOwner(logIn->token));
    const auto refused = m_here->authenticate(logIn->token);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::StorageUnavailable);
    QVERIFY(refused.error().retryAfter.count() > 0);
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
    QTRY_VERIFY_WITH_TIMEOUT(m_here->accepts(logIn->token), 30'000);
    QVERIFY(m_here->authenticate(logIn->token).ok());
}

/// What is not there will not be: however often the token comes, the store is asked once.
void SessionWatchTest::endedSessionIsSoughtOnce()
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const QByteArray token = m_here->signer.sign({m_ann.id, m_ann.name, newId(), now, now.addSecs(3600)});
    QVERIFY(!m_here->accounts->knownOwner(token));
    const auto refused = m_here->authenticate(token);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Unauthorized);
    QTRY_VERIFY(m_here->refuses(token));
}

/// THREATS 7: tokens of sessions that are over are no way to keep the database busy.
void SessionWatchTest::lookUpsAreLimited()
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const QString flood = QStringLiteral("198.51.100.1");
    int answers = 0;
    int limited = 0;
    const int tokens = 13 * SharedState::lookUpsPerSecond;
    const auto authenticate = [&](const QString &network) {
        const QByteArray token = m_here->signer.sign({m_ann.id, m_ann.name, newId(), now, now.addSecs(3600)});
        m_here->accounts->authenticate(token, network, this, [&](const Result<Principal> &owner) {
            ++answers;
            limited += !owner && owner.error().code == ErrorCode::RateLimited;
        });
    };
    for (int i = 0; i < tokens; ++i)
        authenticate(flood);
    QTRY_COMPARE(answers, tokens);
    QVERIFY(limited > 0);
    const int before = limited;
    authenticate(QStringLiteral("192.0.2.1"));
    QTRY_COMPARE(answers, tokens + 1);
    QCOMPARE(limited, before);
}

/// The node was stopped for so long that the log does not say any more what has ended.
void SessionWatchTest::purgedLogIsReplacedByTheSessions()
{
    const auto logIn = m_there->logIn(m_ann.name);
    const auto kept = m_there->logIn(m_ann.name);
    QVERIFY(logIn.ok() && kept.ok());
    test::Session socket(m_ann, logIn->principal.sessionId);
    m_there->hub->addSession(&socket);
    ask(QStringLiteral("DELETE FROM sessions WHERE id = '%1'; INSERT INTO control_head (id, last_seq, "
                       "purged_seq) VALUES (1, 9, 9)")
            .arg(logIn->principal.sessionId));
    QTRY_COMPARE(socket.ended, QList<CloseCode>{CloseCode::Unauthorized});
    const auto refused = m_there->authenticate(logIn->token);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Unauthorized);
    QVERIFY(m_there->authenticate(kept->token).ok());
    m_there->hub->removeSession(&socket);
}

void SessionWatchTest::lookUpDoesNotBringBackWhatHasEnded()
{
    using Admission = SessionTable::Admission;
    const QDateTime now = QDateTime::currentDateTimeUtc();
    SessionTable table;
    const auto record = [&](const QString &id) {
        return store::SessionRecord{id, m_ann, now, now.addSecs(60), {}, {}};
    };
    QCOMPARE(table.admit(record(QStringLiteral("a")), 0), Admission::Admitted);
    QVERIFY(table.find(QStringLiteral("a"), m_ann.id, now).has_value());
    // Read before the log ended at 3, answered after that was applied: 3 may have been its end.
    table.applyEnds({{3, QStringLiteral("other"), store::SessionEnd::Revoked}}, 3);
    QCOMPARE(table.admit(record(QStringLiteral("b")), 2), Admission::Outdated);
    QVERIFY(table.isUnknown(QStringLiteral("b")));
    QCOMPARE(table.admit(record(QStringLiteral("b")), 3), Admission::Admitted);
    // Read before its end at 4, which will be applied.
    QCOMPARE(table.admit(record(QStringLiteral("c")), 3), Admission::Admitted);
    QCOMPARE(table.applyEnds({{4, QStringLiteral("c"), store::SessionEnd::Revoked}}, 4),
        QStringList{QStringLiteral("c")});
    QVERIFY(!table.find(QStringLiteral("c"), m_ann.id, now));
    QCOMPARE(table.admit(record(QStringLiteral("c")), 4), Admission::Ended);
    // Ended here, before the log has been read so far.
    table.end(QStringLiteral("a"));
    QCOMPARE(table.admit(record(QStringLiteral("a")), 4), Admission::Ended);
    QVERIFY(!table.isUnknown(QStringLiteral("a")));
}

void SessionWatchTest::endsWhileLoadingAreNotUndone()
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const auto record = [&](const QString &id) {
        return store::SessionRecord{id, m_ann, now, now.addSecs(60), {}, {}};
    };
    SessionTable table;
    table.insert(QStringLiteral("gone"), {m_ann, now.addSecs(60)});
    table.insert(QStringLiteral("kept"), {m_ann, now.addSecs(60)});
    table.insert(QStringLiteral("revoked"), {m_ann, now.addSecs(60)});
    const quint64 load = table.beginLoad();
    table.insert(QStringLiteral("new"), {m_ann, now.addSecs(60)});
    table.end(QStringLiteral("revoked"));
    QCOMPARE(table.replace({record(QStringLiteral("kept")), record(QStringLiteral("revoked")),
                               record(QStringLiteral("found"))},
                 load, 7),
        QStringList{QStringLiteral("gone")});
    QCOMPARE(table.position(), 7);
    for (const QString &id : {QStringLiteral("kept"), QStringLiteral("new"), QStringLiteral("found")})
        QVERIFY2(table.find(id, m_ann.id, now).has_value(), qPrintable(id));
    for (const QString &id : {QStringLiteral("gone"), QStringLiteral("revoked")})
        QVERIFY2(!table.find(id, m_ann.id, now), qPrintable(id));
}

QTEST_GUILESS_MAIN(SessionWatchTest)
#include "tst_sessionwatch.moc"
