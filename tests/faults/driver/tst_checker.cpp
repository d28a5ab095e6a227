// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/story.h"

#include <QTest>

using namespace rookery::faults;
using namespace rookery::faults::test;

Q_DECLARE_METATYPE(Fault)

/// The checker must be able to fail: every error, planted.
class tst_Checker : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothingIsWrong();
    void unacknowledgedMayBeMissing();
    void plantedFaults_data();
    void plantedFaults();
    void stepByStep();
    void refusedMessagesMayComeLater();
    void countsAndSentences();
};

void tst_Checker::nothingIsWrong()
{
    Story story;
    story.check();
    QCOMPARE(story.findings.total(), 0U);
}

void tst_Checker::unacknowledgedMayBeMissing()
{
    Story story;
    story.ledger.sent("client5", messageOf(eventOf(5, 5), 5));
    story.check();
    QCOMPARE(story.findings.total(), 0U);
}

void tst_Checker::plantedFaults_data()
{
    QTest::addColumn<std::function<void(Story &)>>("plant");
    QTest::addColumn<Fault>("fault");
    const auto row = [](const char *name, Fault fault, const std::function<void(Story &)> &plant) {
        QTest::newRow(name) << plant << fault;
    };
    row("an acknowledged message is not in the log", Fault::Lost, [](Story &s) {
        s.log.pop_back();
        s.told.pop_back();
    });
    row("a message is in the log twice", Fault::Doubled, [](Story &s) {
        Event again = eventOf(4, 5);
        again.id = "another";
        s.log.push_back(again);
        s.told.push_back(again);
    });
    row("two events have one id", Fault::Doubled, [](Story &s) {
        Event other = eventOf(5, 5);
        other.id = "id4";
        s.ledger.sent(other.clientId, messageOf(other, 5));
        s.log.push_back(other);
        s.told.push_back(other);
    });
    row("the log has a number twice", Fault::Doubled, [](Story &s) { s.log.push_back(eventOf(4, 4)); });
    row("the log leaves out a number", Fault::Gap, [](Story &s) {
        s.ledger.sent("client5", messageOf(eventOf(5, 5), 5));
        s.log.push_back(eventOf(5, 6));
        s.told.push_back(eventOf(5, 6));
    });
    row("a sender's messages are in another order", Fault::Reordered, [](Story &s) {
        for (const std::uint32_t number : {6U, 5U}) {
            const Event event = eventOf(number, std::int64_t(s.log.size()) + 1);
            s.ledger.sent(event.clientId, messageOf(event, number));
            s.log.push_back(event);
            s.told.push_back(event);
        }
    });
    row("a text is another", Fault::Altered, [](Story &s) {
        s.log[1].text = "other";
        s.told[1].text = "other";
    });
    row("a sender is another", Fault::Altered, [](Story &s) {
        s.log[1].sender = "other";
        s.told[1].sender = "other";
    });
    row("the log holds what nobody sent", Fault::Altered, [](Story &s) {
        s.log.push_back(eventOf(9, 5));
        s.told.push_back(eventOf(9, 5));
    });
    row("what nobody sent is acknowledged", Fault::Altered,
        [](Story &s) { s.ledger.acknowledged("client9", "id9", 9); });
    row("an acknowledgement names another seq than the log", Fault::Contradicted, [](Story &s) {
        s.ledger.sent("client5", messageOf(eventOf(5, 5), 5));
        s.ledger.acknowledged("client5", "id5", 9);
        s.log.push_back(eventOf(5, 5));
        s.told.push_back(eventOf(5, 5));
    });
    row("a resend is acknowledged as another event", Fault::Contradicted,
        [](Story &s) { s.ledger.acknowledged("client4", "id9", 4); });
    row("a resend is acknowledged under another seq", Fault::Contradicted,
        [](Story &s) { s.ledger.acknowledged("client4", "id4", 5); });
    row("a client was not told an event", Fault::Gap, [](Story &s) { s.told.erase(s.told.begin() + 1); });
    row("a client was not told the end", Fault::Gap, [](Story &s) { s.told.pop_back(); });
    row("a client was told an event twice", Fault::Doubled,
        [](Story &s) { s.told.push_back(s.told.back()); });
    row("a client was told two events in the wrong order", Fault::Reordered,
        [](Story &s) { std::swap(s.told[1], s.told[2]); });
    row("a client was told what is not stored", Fault::Phantom,
        [](Story &s) { s.told.push_back(eventOf(5, 5)); });
    row("a client was told something else than is stored", Fault::Phantom,
        [](Story &s) { s.told[2].text = "other"; });
    row("a client was told two events under one number", Fault::Contradicted,
        [](Story &s) { s.told.push_back(eventOf(3, 4)); });
}

void tst_Checker::plantedFaults()
{
    QFETCH(const std::function<void(Story &)>, plant);
    QFETCH(const Fault, fault);
    Story story;
    plant(story);
    story.check();
    QVERIFY2(story.findings.count(fault) > 0,
        story.findings.sentences().empty() ? "nothing was found" : story.findings.sentences()[0].c_str());
}

void tst_Checker::stepByStep()
{
    Story story;
    Checker checker(story.ledger, story.findings);
    RoomView view("ann", room, "epoch", 0, story.findings);
    for (const Event &event : story.log) {
        checker.take(event);
        view.take(event);
    }
    checker.settle();
    std::size_t compared = checker.compare(view);
    QCOMPARE(compared, 4U);
    QCOMPARE(checker.lastSeq(room), 4);
    story.ledger.sent("client5", messageOf(eventOf(5, 5), 5));
    story.ledger.acknowledged("client5", "id5", 5);
    view.take(eventOf(5, 5));
    QCOMPARE(story.findings.total(), 0U);
    compared = checker.compare(view, compared);
    checker.settle();
    QCOMPARE(compared, 5U);
    QCOMPARE(story.findings.count(Fault::Phantom), 1U);
    QCOMPARE(story.findings.count(Fault::Lost), 1U);
}

void tst_Checker::refusedMessagesMayComeLater()
{
    Story story;
    for (const std::uint32_t number : {6U, 5U}) {
        const Event event = eventOf(number, std::int64_t(story.log.size()) + 1);
        story.ledger.sent(event.clientId, messageOf(event, number));
        story.log.push_back(event);
        story.told.push_back(event);
    }
    story.ledger.refusedForATime("client5");
    story.check();
    QCOMPARE(story.findings.total(), 0U);
}

void tst_Checker::countsAndSentences()
{
    Findings findings;
    for (int i = 0; i < 30; ++i)
        findings.add(Fault::Lost, "one");
    Findings all;
    all.add(Fault::Gap, "two");
    all.add(findings);
    QCOMPARE(all.total(), 31U);
    QCOMPARE(all.count(Fault::Lost), 30U);
    QCOMPARE(all.sentences().size(), 20U);
    QCOMPARE(all.sentences()[0], std::string("gap: two"));
    QCOMPARE(all.sentences()[1], std::string("lost: one"));
}

QTEST_GUILESS_MAIN(tst_Checker)
#include "tst_checker.moc"
