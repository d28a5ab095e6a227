// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/factory/storefactory.h"
#include "tests/server/store/conformance.h"

#include <QCoreApplication>
#include <QHash>
#include <QProcess>

#include <cstdio>

namespace storetest {

int KillConformance::sendForever(const QUrl &url)
{
    const auto opened = store::open(url, {});
    if (!opened)
        return 2;
    Store &store = **opened;
    Waiting waiting(&store);
    const auto ann = waiting.createUser(newUser(QStringLiteral("Ann")));
    const auto room = waiting.createRoom(newRoom(QStringLiteral("Tea")));
    if (!ann || !room)
        return 3;
    QObject context;
    std::function<void()> send = [&] {
        const NewMessage message = newMessage(*room, *ann, QStringLiteral("under load"));
        store.append(message, &context, [&, message](Result<Appended> appended) {
            if (appended) {
                std::printf("%lld %s %s\n", static_cast<long long>(appended->event.seq),
                    qPrintable(appended->event.id), qPrintable(message.clientId));
                std::fflush(stdout);
            }
            send();
        });
    };
    for (int i = 0; i < 50; ++i)
        send();
    return QCoreApplication::exec();
}

void KillConformance::acknowledgedIsThere()
{
    m_store.reset();
    m_fixture->wipe();
    QProcess child;
    child.start(QCoreApplication::applicationFilePath(),
        {QStringLiteral("--send-forever"), m_fixture->url().toString(QUrl::FullyEncoded)});
    QVERIFY(child.waitForStarted());
    QByteArray output;
    while (output.count('\n') < 3000) {
        QVERIFY2(child.waitForReadyRead(20'000), child.readAllStandardError().constData());
        output += child.readAllStandardOutput();
    }
    child.kill();
    QVERIFY(child.waitForFinished());
    output += child.readAllStandardOutput();
    output.truncate(output.lastIndexOf('\n')); // the last line may be torn

    reopen();
    VALUE_OR_FAIL(ann, store().findUser({}, QStringLiteral("ann")));
    VALUE_OR_FAIL(room, store().findRoom({}, QStringLiteral("tea")));
    QHash<QByteArray, RoomEvent> kept;
    qint64 seq = 0;
    bool more = true;
    while (more) {
        VALUE_OR_FAIL(page, store().page({room.id, {}, seq, 1000}));
        for (const RoomEvent &event : page.events) {
            QCOMPARE(event.seq, ++seq); // no hole, no double
            kept.insert(event.id.toLatin1(), event);
        }
        more = page.hasMore;
    }
    QCOMPARE(room.lastSeq, seq);
    const QList<QByteArray> lines = output.split('\n');
    QVERIFY(lines.size() >= 2999);
    for (const QByteArray &line : lines) {
        const QList<QByteArray> words = line.split(' ');
        QVERIFY2(kept.contains(words.at(1)), line.constData()); // acknowledged is durable
        QCOMPARE(kept[words.at(1)].seq, words.at(0).toLongLong());
        QCOMPARE(kept[words.at(1)].clientId.toLatin1(), words.at(2));
    }
    // A sender who was not told sends again, and has the same answer as everybody who was.
    const RoomEvent last = kept[lines.last().split(' ').at(1)];
    VALUE_OR_FAIL(again, store().append({room.id, ann, last.clientId, last.text()}));
    QVERIFY(again.duplicate);
    QCOMPARE(again.event, last);
}

} // namespace storetest
