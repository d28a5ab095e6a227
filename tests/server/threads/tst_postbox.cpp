// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/threads/postbox.h"
#include "server/threads/thread.h"

#include <QCoreApplication>
#include <QTest>
#include <QThread>

#include <algorithm>
#include <functional>
#include <utility>

using namespace rookery::threads;

namespace {

class Note final : public Mail
{
public:
    explicit Note(std::function<void()> read)
        : m_read(std::move(read))
    { }
    void deliver() override { m_read(); }

private:
    std::function<void()> m_read;
};

void post(const std::shared_ptr<Postbox> &postbox, std::function<void()> read)
{
    Mails mails;
    mails.push_back(std::make_unique<Note>(std::move(read)));
    postbox->post(std::move(mails));
}

} // namespace

/// Mails from one thread to another.
class PostboxTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void deliversInOrder();
    void oneWakeUpForAll();
    void oneWakeUpInsideAnother();
    void aDeliveryMayPost();
    void whatIsPostedToAThreadThatEndedIsThrownAway();
    void aClosedBoxWakesNobody();

private:
    std::shared_ptr<Postbox> box() { return m_postboxes.of(this); }

    Postboxes m_postboxes;
};

void PostboxTest::deliversInOrder()
{
    constexpr int mails = 10'000;
    QList<int> read;
    const auto mine = box();
    Thread sender("sender", [&] {
        for (int i = 0; i < mails; ++i) {
            OneWakeUp now;
            post(mine, [&read, i] { read.append(i); });
        }
    });
    QTRY_COMPARE(read.size(), mails);
    QVERIFY(std::ranges::is_sorted(read));
    QCOMPARE(QThread::currentThread(), thread());
}

void PostboxTest::oneWakeUpForAll()
{
    QStringList read;
    {
        OneWakeUp late;
        post(box(), [&read] { read.append(QStringLiteral("notice")); });
        post(box(), [&read] { read.append(QStringLiteral("answer")); });
        QCoreApplication::processEvents();
        QCOMPARE(read, QStringList());
    }
    QCoreApplication::processEvents();
    QCOMPARE(read, QStringList({QStringLiteral("notice"), QStringLiteral("answer")}));
}

void PostboxTest::oneWakeUpInsideAnother()
{
    int read = 0;
    {
        OneWakeUp late;
        {
            OneWakeUp inner;
            post(box(), [&read] { ++read; });
        }
        QCoreApplication::processEvents();
        QCOMPARE(read, 0);
    }
    QCoreApplication::processEvents();
    QCOMPARE(read, 1);
}

void PostboxTest::aDeliveryMayPost()
{
    QStringList read;
    const auto mine = box();
    post(mine, [&] {
        read.append(QStringLiteral("first"));
        post(mine, [&read] { read.append(QStringLiteral("third")); });
    });
    post(mine, [&read] { read.append(QStringLiteral("second")); });
    QTRY_COMPARE(read.size(), 3);
    QCOMPARE(read.join(QLatin1Char(' ')), QStringLiteral("first second third"));
}

void PostboxTest::whatIsPostedToAThreadThatEndedIsThrownAway()
{
    bool read = false;
    std::weak_ptr<int> kept;
    {
        Postboxes postboxes;
        QThread thread;
        QObject object;
        object.moveToThread(&thread);
        const auto other = postboxes.of(&object);
        thread.start();
        thread.quit();
        QVERIFY(thread.wait());
        const auto letter = std::make_shared<int>(1);
        kept = letter;
        post(other, [&read, letter] { read = true; });
        QVERIFY(!kept.expired());
    }
    QCOMPARE(read, false);
    QVERIFY(kept.expired());
}

void PostboxTest::aClosedBoxWakesNobody()
{
    bool read = false;
    Postboxes postboxes;
    const auto mine = postboxes.of(this);
    post(mine, [&read] { read = true; });
    QCoreApplication::processEvents();
    QVERIFY(std::exchange(read, false));
    postboxes.close();
    post(mine, [&read] { read = true; });
    QCoreApplication::processEvents();
    QVERIFY(!read);
}

QTEST_GUILESS_MAIN(PostboxTest)
#include "tst_postbox.moc"
