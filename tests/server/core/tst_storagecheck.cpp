// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/storagecheck.h"
#include "tests/support/unusedstore.h"

#include <QTest>

using namespace rookery;
using namespace rookery::core;

namespace {

/// Answers when the test says so.
class SlowStore final : public test::UnusedStore
{
public:
    void probe(QObject * /*context*/, Done<Nothing> done) override
    {
        ++probes;
        answer = std::move(done);
    }
    QString identity() const override { return QStringLiteral("slow"); }

    int probes = 0;
    Done<Nothing> answer;
};

} // namespace

class TestStorageCheck : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everybodyIsAnsweredByOneWrite()
    {
        SlowStore store;
        StorageCheck check(&store);
        QList<bool> answers;
        for (int i = 0; i < 3; ++i)
            check.ask(this, [&](const Result<Nothing> &verdict) { answers.append(verdict.ok()); });
        QCOMPARE(store.probes, 1);
        QVERIFY(answers.isEmpty());
        store.answer(Nothing());
        QCOMPARE(answers, QList<bool>({true, true, true}));
        check.ask(this, [&](const Result<Nothing> &verdict) { answers.append(verdict.ok()); });
        QCOMPARE(answers.size(), 4);
        QCOMPARE(store.probes, 1);
    }

    /// A database behind a dead connection answers nothing at all.
    void aStoreThatDoesNotAnswerIsUnavailable()
    {
        SlowStore store;
        StorageCheck check(&store);
        std::optional<ErrorCode> code;
        int good = 0;
        const auto ask = [&] {
            code.reset();
            check.ask(this, [&](const Result<Nothing> &verdict) {
                if (verdict)
                    ++good;
                else
                    code = verdict.error().code;
            });
        };
        ask();
        QVERIFY(!code);
        QTRY_COMPARE(code, std::optional(ErrorCode::StorageUnavailable));
        ask(); // at once, and without another write
        QCOMPARE(code, std::optional(ErrorCode::StorageUnavailable));
        QCOMPARE(store.probes, 1);
        store.answer(Nothing());
        ask();
        QCOMPARE(good, 1);
    }
};

QTEST_GUILESS_MAIN(TestStorageCheck)
#include "tst_storagecheck.moc"
