// SPDX-License-Identifier: GPL-3.0-or-later
// THREATS 44: a hostile server, over real sockets. Whatever it sends, the client's memory and cache stay
// bounded, the person reads a sentence, and the link is closed where going on makes no sense.

#include "client/api/restclient.h"
#include "client/api/websockettransport.h"
#include "client/cache/cache.h"
#include "client/models/membermodel.h"
#include "client/models/timelinemodel.h"
#include "client/sentences/sentences.h"
#include "client/session/session.h"
#include "client/session/sessionbackend.h"
#include "common/ids.h"
#include "tests/client/session/hostileserver.h"

#include <QAbstractEventDispatcher>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace rookery;
using namespace rookery::client;

namespace {

constexpr int patience = 120'000;
constexpr qint64 mebi = 1024 * 1024;
/// How much more memory than before a test may be in use at any time: server and client together.
constexpr qint64 mostGrowth = 256 * mebi;
constexpr qint64 greatestSeq = (1LL << 53) - 1;

qint64 statusKib(const char *name)
{
    QFile file(QStringLiteral("/proc/self/status"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray &line : file.readAll().split('\n')) {
        if (line.startsWith(name))
            return line.mid(line.indexOf(':') + 1).trimmed().split(' ').constFirst().toLongLong();
    }
    return 0;
}

/// Measures the peak of the resident memory from its construction on.
class MemoryWatch
{
public:
    MemoryWatch()
    {
        QFile file(QStringLiteral("/proc/self/clear_refs"));
        if (file.open(QIODevice::WriteOnly))
            file.write("5");
        m_before = statusKib("VmRSS");
    }
    bool isBounded() const
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        return true; // they keep what is freed
#else
        const qint64 growth = (statusKib("VmHWM") - m_before) * 1024;
        qInfo("Memory grew by at most %lld MiB.", (long long)(growth / mebi));
        return growth < mostGrowth;
#endif
    }

private:
    qint64 m_before = 0;
};

QByteArray room(const QByteArray &id, qint64 lastSeq, const QByteArray &epoch = "e1")
{
    return R"({"id":")" + id + R"(","name":"room-)" + id + R"(","kind":"public","epoch":")" + epoch
        + R"(","last_seq":)" + QByteArray::number(lastSeq) + R"(,"member":true})";
}

const QByteArray helloHead = R"({"type":"hello","user":{"id":"u1","username":"ada"},"session":"s",)"
                             R"("heartbeat_ms":30000,"rooms":[)";

QByteArray hello(const QByteArray &rooms = {})
{
    return HostileServer::text(helloHead + rooms + "]}");
}

QByteArray subscribed(const QByteArray &room)
{
    return HostileServer::text(R"({"type":"subscribed","room":)" + room + R"(,"members":[]})");
}

QByteArray event(qint64 seq, const QByteArray &text)
{
    return R"({"room":"r1","seq":)" + QByteArray::number(seq)
        + R"(,"id":"i","kind":"message","sender":{"id":"u2","username":"bob"},"client_id":"c","text":")"
        + text + R"(","timestamp":"2026-01-01T00:00:00.000Z"})";
}

QByteArray eventFrame(qint64 seq, const QByteArray &text)
{
    return HostileServer::text(R"({"type":"event","event":)" + event(seq, text) + '}');
}

QByteArray page(qint64 before, int count, const QByteArray &text, const QByteArray &epoch = "e1")
{
    QByteArray events;
    for (qint64 seq = before - count; seq < before; ++seq)
        events += (events.isEmpty() ? "" : ",") + event(seq, text);
    return R"({"epoch":")" + epoch + R"(","events":[)" + events + R"(],"last_seq":)"
        + QByteArray::number(greatestSeq) + R"(,"has_more":true})";
}

/// `first`, then what `next` answers for 0, 1, 2 …
HostileServer::Source after(const QByteArray &first, std::function<QByteArray(int)> next)
{
    return [first, next = std::move(next), i = -1]() mutable { return i++ < 0 ? first : next(i - 1); };
}

qint64 sizeOf(const QTemporaryDir &directory)
{
    qint64 sum = 0;
    QDirIterator files(directory.path(), QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        files.next();
        sum += files.fileInfo().size();
    }
    return sum;
}

} // namespace

class TestHostile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void endsWithASentence_data();
    void endsWithASentence();
    void aServerThatReadsNothing();
    void membersWithoutEnd();
    void messagesWithoutEnd();
    void pagesWithoutEnd();
    void aPageOfFarTooManyMessages();
    void pagesThatContradictEachOther();
    void resetsWithoutEnd();
    void errorsWithoutEnd();
    void anAnswerWithoutEnd();
    void sentencesAreCut();

private:
    Account account(const HostileServer &server) const
    {
        return {server.url(), User{QStringLiteral("u1"), QStringLiteral("ada")}, "token"};
    }
};

void TestHostile::endsWithASentence_data()
{
    QTest::addColumn<HostileServer::Source>("stream");
    QTest::addColumn<QString>("says");

    const QString tooLarge = QStringLiteral("sends more at once");
    QTest::newRow("60 events of 15 MB") << after(hello(room("r1", 0)) + subscribed(room("r1", 0)), [](int i) {
        return i < 60 ? eventFrame(i + 1, QByteArray(15 * mebi, 'x')) : QByteArray();
    }) << tooLarge;
    QTest::newRow("one message in pieces without end") << after(hello(), [](int i) {
        return HostileServer::frameHead(i == 0 ? 0x01 : 0x00, mebi) + QByteArray(mebi, 'x');
    }) << tooLarge;
    constexpr int million = 1'000'000;
    QTest::newRow("a hello of 10^6 rooms") << after(
        HostileServer::frameHead(0x81, quint64(helloHead.size() + million * (1 + room("r1000000", 0).size())))
            + helloHead,
        [](int i) { return room('r' + QByteArray::number(million + i), 0) + ','; })
                                           << tooLarge;
    QTest::newRow("10^6 rooms, one by one") << after(hello(), [](int i) {
        return i < million ? HostileServer::text(
                   R"({"type":"room_added","room":)" + room('r' + QByteArray::number(million + i), 0) + '}')
                           : QByteArray();
    }) << QStringLiteral("more rooms");
}

void TestHostile::endsWithASentence()
{
    QFETCH(HostileServer::Source, stream);
    QFETCH(QString, says);
    QTemporaryDir directory;
    HostileServer server;
    server.stream = stream;
    const MemoryWatch memory;
    Session session(account(server), directory.path());
    QTRY_COMPARE_WITH_TIMEOUT(session.linkState(), LinkState::Ended, patience);
    QVERIFY2(inWords(session.linkProblem()).contains(says), qPrintable(inWords(session.linkProblem())));
    QVERIFY(inWords(session.linkProblem()).endsWith(u'.'));
    QVERIFY(memory.isBounded());
    QVERIFY(session.rooms()->rowCount() <= Session::mostRooms);
    QVERIFY(sizeOf(directory) < 64 * mebi);
    QCOMPARE(server.handshakes(), 1);
    // The person may try again.
    session.reconnectNow();
    QTRY_COMPARE_WITH_TIMEOUT(server.handshakes(), 2, patience);
}

void TestHostile::aServerThatReadsNothing()
{
    QTemporaryDir directory;
    HostileServer server;
    server.reads = false;
    server.stream = after(hello(),
        [](int) { return (HostileServer::frameHead(0x89, 125) + QByteArray(125, 'p')).repeated(1'000); });
    const MemoryWatch memory;
    Session session(account(server), directory.path());
    QTRY_COMPARE_WITH_TIMEOUT(session.linkState(), LinkState::Waiting, patience);
    QVERIFY2(inWords(session.linkProblem()).contains(QLatin1String("does not take")),
        qPrintable(inWords(session.linkProblem())));
    QVERIFY(memory.isBounded());
}

void TestHostile::membersWithoutEnd()
{
    constexpr int count = 100'000;
    QTemporaryDir directory;
    HostileServer server;
    server.stream = after(hello(room("r1", 0)) + subscribed(room("r1", 0)), [](int i) {
        if (i < count) {
            const QByteArray id = QByteArray::number(i);
            return HostileServer::text(R"({"type":"member","room":"r1","user":{"id":")" + id
                + R"(","username":")" + id + QByteArray(200, 'n') + R"("},"member":true,"online":false})");
        }
        return i == count ? HostileServer::text(R"({"type":"room_added","room":)" + room("r2", 0) + '}')
                          : QByteArray();
    });
    const MemoryWatch memory;
    Session session(account(server), directory.path());
    QTRY_COMPARE_WITH_TIMEOUT(session.rooms()->rowCount(), 2, patience);
    QCOMPARE(session.members(QStringLiteral("r1"))->rowCount(), int(MemberModel::mostMembers));
    QVERIFY(memory.isBounded());
    QCOMPARE(session.linkState(), LinkState::Connected);
}

void TestHostile::messagesWithoutEnd()
{
    constexpr int count = 4'000; // of 60 KB: 240 MB
    QTemporaryDir directory;
    HostileServer server;
    server.stream = after(hello(room("r1", 0)) + subscribed(room("r1", 0)),
        [](int i) { return i < count ? eventFrame(i + 1, QByteArray(60'000, 'x')) : QByteArray(); });
    const MemoryWatch memory;
    Session session(account(server), directory.path());
    QTRY_COMPARE_WITH_TIMEOUT(session.rooms()->rowCount(), 1, patience);
    const TimelineSource *timeline = session.timeline(QStringLiteral("r1"));
    session.setActiveRoom(QStringLiteral("r1"));
    QTRY_VERIFY_WITH_TIMEOUT(
        timeline->count() > 0 && timeline->at(timeline->count() - 1).seq == count, patience);
    QVERIFY(timeline->count() < count);
    QVERIFY(memory.isBounded());
    QTRY_VERIFY_WITH_TIMEOUT(sizeOf(directory) < Cache::historyBytes * 5 / 4, patience);
    QCOMPARE(session.linkState(), LinkState::Connected);
}

void TestHostile::pagesWithoutEnd()
{
    QTemporaryDir directory;
    HostileServer server;
    server.stream = HostileServer::once(hello(room("r1", greatestSeq)) + subscribed(room("r1", greatestSeq)));
    const QByteArray text(60'000, 'x');
    server.answer = [&text](const QByteArray &target) {
        const qsizetype at = target.indexOf("before=");
        const qint64 before = at < 0 ? greatestSeq : target.mid(at + 7).split('&').constFirst().toLongLong();
        return HostileServer::once(HostileServer::ok(page(before, 50, text)));
    };
    const MemoryWatch memory;
    Session session(account(server), directory.path());
    QTRY_COMPARE_WITH_TIMEOUT(session.rooms()->rowCount(), 1, patience);
    TimelineSource *timeline = session.timeline(QStringLiteral("r1"));
    QSignalSpy failed(timeline, &TimelineSource::olderFailed);
    // As the view does when somebody keeps scrolling up.
    const auto scroll = [timeline] {
        if (timeline->hasOlder())
            timeline->loadOlder();
    };
    connect(timeline, &TimelineSource::loadingOlderChanged, timeline, [&] {
        if (!timeline->isLoadingOlder() && failed.isEmpty())
            QMetaObject::invokeMethod(timeline, scroll, Qt::QueuedConnection);
    });
    QTRY_VERIFY_WITH_TIMEOUT(!failed.isEmpty(), patience);
    QVERIFY(inWords(failed.constFirst().constFirst().value<Problem>()).endsWith(u'.'));
    QVERIFY(timeline->count() > 50);
    QVERIFY(memory.isBounded());
    QVERIFY(sizeOf(directory) < Cache::historyBytes);
}

void TestHostile::aPageOfFarTooManyMessages()
{
    QTemporaryDir directory;
    HostileServer server;
    server.stream = HostileServer::once(hello(room("r1", 90'000)) + subscribed(room("r1", 90'000)));
    server.answer = [](const QByteArray &) {
        return HostileServer::once(HostileServer::ok(page(30'000, 20'000, "x")));
    };
    Session session(account(server), directory.path());
    QTRY_COMPARE_WITH_TIMEOUT(session.rooms()->rowCount(), 1, patience);
    const TimelineSource *timeline = session.timeline(QStringLiteral("r1"));
    QTRY_VERIFY_WITH_TIMEOUT(timeline->count() > 0, patience);
    QCOMPARE(timeline->count(), 50);
    QCOMPARE(timeline->at(49).seq, 29'999);
    QVERIFY(timeline->hasOlder());
}

void TestHostile::pagesThatContradictEachOther()
{
    QTemporaryDir directory;
    HostileServer server;
    server.stream = HostileServer::once(hello(room("r1", 90'000)) + subscribed(room("r1", 90'000)));
    server.answer = [](const QByteArray &) {
        return HostileServer::once(HostileServer::ok(page(90'000, 50, "x", newId().toLatin1())));
    };
    Session session(account(server), directory.path());
    QTRY_COMPARE_WITH_TIMEOUT(session.rooms()->rowCount(), 1, patience);
    TimelineSource *timeline = session.timeline(QStringLiteral("r1"));
    QSignalSpy failed(timeline, &TimelineSource::olderFailed);
    QTRY_VERIFY_WITH_TIMEOUT(!failed.isEmpty(), patience);
    QVERIFY(server.requests() < 10);
}

void TestHostile::resetsWithoutEnd()
{
    constexpr int count = 20'000;
    QTemporaryDir directory;
    HostileServer server; // which answers no request
    server.stream = after(hello(room("r1", 90'000)) + subscribed(room("r1", 90'000)), [](int i) {
        if (i < count)
            return HostileServer::text(
                R"({"type":"reset","room":)" + room("r1", 90'000, QByteArray::number(i)) + '}');
        return i == count ? HostileServer::text(R"({"type":"room_added","room":)" + room("r2", 0) + '}')
                          : QByteArray();
    });
    const MemoryWatch memory;
    QElapsedTimer sinceBegin;
    sinceBegin.start();
    Session session(account(server), directory.path());
    QTRY_VERIFY_WITH_TIMEOUT(session.rooms()->rowCount() > 0, patience);
    session.timeline(QStringLiteral("r1"));
    QTRY_COMPARE_WITH_TIMEOUT(session.rooms()->rowCount(), 2, patience);
    // For the invitations and the blocked users, and for the history: again when no answer has come in 15 s,
    // but not with each reset.
    const qint64 rounds = 1 + sinceBegin.elapsed() / 15'000;
    QVERIFY2(server.requests() < 10 * rounds, qPrintable(QString::number(server.requests())));
    QVERIFY(memory.isBounded());
}

void TestHostile::errorsWithoutEnd()
{
    constexpr int count = 100'000;
    QTemporaryDir directory;
    HostileServer server;
    server.stream = after(hello(room("r1", 0)), [](int i) {
        if (i < count)
            return HostileServer::text(
                R"({"type":"error","room":"r1","code":"overloaded","error":"No.","retry_after_ms":9007199254740991})");
        return i == count ? HostileServer::text(R"({"type":"room_added","room":)" + room("r2", 0) + '}')
                          : QByteArray();
    });
    const MemoryWatch memory;
    Session session(account(server), directory.path());
    QTRY_COMPARE_WITH_TIMEOUT(session.rooms()->rowCount(), 2, patience);
    // Single shots are its children.
    QVERIFY(QAbstractEventDispatcher::instance()->children().size() < 100);
    QVERIFY(memory.isBounded());
}

void TestHostile::anAnswerWithoutEnd()
{
    HostileServer server;
    server.answer = [](const QByteArray &) {
        return after(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000000000\r\n\r\n",
            [](int) { return QByteArray(mebi, ' '); });
    };
    const MemoryWatch memory;
    SessionBackend authenticator;
    QString problem;
    authenticator.logIn(server.url().toString(), QStringLiteral("ada"),
        QStringLiteral("correct horse battery"), this, [&problem](const Outcome<Account> &account) {
            problem = account ? QString() : inWords(account.error());
        });
    QTRY_VERIFY_WITH_TIMEOUT(!problem.isEmpty(), patience);
    QVERIFY2(problem.contains(QLatin1String("sends more")), qPrintable(problem));
    QVERIFY(memory.isBounded());
}

void TestHostile::sentencesAreCut()
{
    HostileServer server;
    server.answer = [](const QByteArray &) {
        const QByteArray json = R"({"code":"name_taken","detail":")" + QByteArray(100'000, 'x') + R"("})";
        return HostileServer::once("HTTP/1.1 409 Conflict\r\nContent-Length: "
            + QByteArray::number(json.size()) + "\r\n\r\n" + json);
    };
    SessionBackend authenticator;
    QString problem;
    authenticator.logIn(server.url().toString(), QStringLiteral("ada"),
        QStringLiteral("correct horse battery"), this, [&problem](const Outcome<Account> &account) {
            problem = account ? QString() : inWords(account.error());
        });
    QTRY_VERIFY_WITH_TIMEOUT(!problem.isEmpty(), patience);
    QVERIFY(problem.size() < 1'000);
}

QTEST_GUILESS_MAIN(TestHostile)
#include "tst_sessionhostile.moc"
