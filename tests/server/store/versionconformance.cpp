// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/store/conformance.h"

#include <limits>
#include <utility>

namespace storetest {

void VersionConformance::makeRoom()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, ann.id)));
    m_ann = ann;
    m_room = room;
}

RoomEvent VersionConformance::append(const QString &text)
{
    const auto appended = store().append(newMessage(m_room, m_ann, text));
    return appended ? appended->event : RoomEvent();
}

void VersionConformance::appendEdited(const QStringList &texts)
{
    append(QStringLiteral("another"));
    append(texts.constFirst());
    QObject context;
    qsizetype edited = 1;
    for (const QString &text : texts.mid(1))
        m_store->changeMessage(newChange(m_room, 2, m_ann, text), &context,
            [&edited](const auto &result) { edited += result.ok() ? 1 : 0; });
    QTRY_COMPARE(edited, texts.size());
}

QList<MessageVersion> VersionConformance::pagedVersions(int limit, qint64 bytes)
{
    QList<MessageVersion> all;
    VersionsQuery query{m_room.id, 2, {}, limit, bytes};
    for (;;) {
        const auto page = store().versionsOf(query);
        if (!page || page->versions.size() > limit || (page->hasMore && page->versions.isEmpty()))
            return {};
        // Only the last text of a page, the oldest, may go past its bytes.
        qint64 read = 0;
        for (const MessageVersion &version : page->versions.mid(1))
            read += 2 * version.text.size();
        if (read >= bytes)
            return {};
        all = page->versions + all;
        if (!page->hasMore)
            return all;
        query.before = page->versions.constFirst().seq;
    }
}

void VersionConformance::textsAndTheirEvents()
{
    makeRoom();
    const RoomEvent message = append(QStringLiteral("one"));
    VALUE_OR_FAIL(alone, store().versionsOf(m_room.id, 1));
    QCOMPARE(alone.versions.size(), 1);
    QVERIFY(!alone.hasMore);
    VALUE_OR_FAIL(second, store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("two"))));
    append(QStringLiteral("between"));
    VALUE_OR_FAIL(third, store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("one"))));
    for (int round = 0; round < 2; ++round) {
        VALUE_OR_FAIL(page, store().versionsOf(m_room.id, 1));
        const QList<MessageVersion> &versions = page.versions;
        QCOMPARE(versions.size(), 3);
        QVERIFY(!page.hasMore);
        const QStringList texts{QStringLiteral("one"), QStringLiteral("two"), QStringLiteral("one")};
        const QList<RoomEvent> events{message, second.event, third.event};
        for (int i = 0; i < 3; ++i) {
            QCOMPARE(versions[i].text, texts[i]);
            QCOMPARE(versions[i].seq, events[i].seq);
            QCOMPARE(versions[i].at, events[i].timestamp);
        }
        reopen();
    }
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_ann)).ok());
    REFUSED(store().versionsOf(m_room.id, 1), ErrorCode::NotFound);
}

void VersionConformance::pagesReachTheFirstText()
{
    makeRoom();
    QStringList texts;
    for (int i = 0; i < 251; ++i)
        texts.append(i % 10 == 3 ? QString(9'000, QChar(u'a' + i / 10)) : QString::number(i));
    appendEdited(texts);
    constexpr qint64 all = std::numeric_limits<qint64>::max();
    for (const auto &[limit, bytes] :
        {std::pair(1, all), std::pair(50, all), std::pair(125, all), std::pair(251, all),
            std::pair(1000, all), std::pair(50, qint64(30'000)), std::pair(50, qint64(1))}) {
        const QList<MessageVersion> versions = pagedVersions(limit, bytes);
        QCOMPARE(versions.size(), texts.size());
        for (int i = 0; i < texts.size(); ++i) {
            QCOMPARE(versions[i].text, texts[i]);
            QCOMPARE(versions[i].seq, qint64(2 + i));
        }
    }
    // The bound is exclusive, and need not be the seq of a version.
    const auto seqs = [this](std::optional<qint64> before, int limit) {
        QList<qint64> found;
        const auto page = store().versionsOf(VersionsQuery{m_room.id, 2, before, limit});
        for (const MessageVersion &version : page ? page->versions : QList<MessageVersion>())
            found.append(version.seq);
        if (page && page->hasMore)
            found.append(0);
        return found;
    };
    QCOMPARE(seqs(5, 2), (QList<qint64>{3, 4, 0}));
    QCOMPARE(seqs(4, 2), (QList<qint64>{2, 3}));
    QCOMPARE(seqs(3, 2), (QList<qint64>{2}));
    QCOMPARE(seqs(2, 2), QList<qint64>());
    QCOMPARE(seqs(252, 1), (QList<qint64>{251, 0}));
    QCOMPARE(seqs(253, 1), (QList<qint64>{252, 0}));
    QCOMPARE(seqs(std::numeric_limits<qint64>::max(), 1), (QList<qint64>{252, 0}));
    QCOMPARE(seqs({}, 0), (QList<qint64>{0}));
    QVERIFY(store().changeMessage(newChange(m_room, 2, m_ann)).ok());
    REFUSED(store().versionsOf(VersionsQuery{m_room.id, 2, 5}), ErrorCode::NotFound);
}

void VersionConformance::pageEndsByItsText()
{
    makeRoom();
    appendEdited({QString(100, u'a'), QStringLiteral("b"), QString(100, u'c'), QString(100, u'd')});
    const auto count = [this](qint64 bytes) {
        const auto page = store().versionsOf(VersionsQuery{m_room.id, 2, {}, 50, bytes});
        return page ? std::pair(int(page->versions.size()), page->hasMore) : std::pair(-1, false);
    };
    QCOMPARE(count(1), std::pair(1, true));
    QCOMPARE(count(200), std::pair(1, true));
    QCOMPARE(count(201), std::pair(2, true));
    QCOMPARE(count(401), std::pair(3, true));
    QCOMPARE(count(402), std::pair(3, true));
    QCOMPARE(count(403), std::pair(4, false));
}

void VersionConformance::editsMeanwhileMoveNothing()
{
    makeRoom();
    appendEdited({QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")});
    VALUE_OR_FAIL(newest, store().versionsOf(VersionsQuery{m_room.id, 2, {}, 1}));
    QCOMPARE(newest.versions.size(), 1);
    QCOMPARE(newest.versions[0].text, QStringLiteral("c"));
    QVERIFY(store().changeMessage(newChange(m_room, 2, m_ann, QStringLiteral("d"))).ok());
    VALUE_OR_FAIL(older, store().versionsOf(VersionsQuery{m_room.id, 2, newest.versions[0].seq, 1}));
    QCOMPARE(older.versions.size(), 1);
    QCOMPARE(older.versions[0].text, QStringLiteral("b"));
    QVERIFY(older.hasMore);
}

} // namespace storetest
