// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/sealedwire.h"
#include "tests/server/bus/cluster/ether.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

using namespace rookery;
using namespace rookery::bus;

namespace {

const QByteArray nodesSecret = "a secret of 32 bytes or any other";
const QByteArray plainFrame = "RKF1 the text of a private room";

struct SealedEnd
{
    SealedEnd(const std::shared_ptr<test::Ether> &ether, const QByteArray &secret)
    {
        auto made = std::make_unique<test::EtherWire>(ether);
        inner = made.get();
        wire = std::make_unique<SealedWire>(std::move(made), secret);
        heard = std::make_unique<QSignalSpy>(wire.get(), &Wire::received);
        wire->open();
    }
    QList<QByteArray> frames() const
    {
        QList<QByteArray> all;
        for (const QList<QVariant> &each : std::as_const(*heard))
            all.append(each.constFirst().toByteArray());
        return all;
    }

    test::EtherWire *inner = nullptr;
    std::unique_ptr<SealedWire> wire;
    std::unique_ptr<QSignalSpy> heard;
};

} // namespace

/// Two nodes and somebody who can read and write what is between them.
class TestSealedWire : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_ether = std::make_shared<test::Ether>();
        m_first = std::make_unique<SealedEnd>(m_ether, nodesSecret);
        m_second = std::make_unique<SealedEnd>(m_ether, nodesSecret);
        QCoreApplication::processEvents();
    }
    void cleanup()
    {
        m_first.reset();
        m_second.reset();
    }

    void nodesHearEachOther()
    {
        m_first->wire->send(plainFrame);
        QTRY_COMPARE(m_second->frames(), QList<QByteArray>{plainFrame});
        QTRY_COMPARE(m_first->frames(), QList<QByteArray>{plainFrame}); // and itself
        m_second->wire->send({});
        QTRY_COMPARE(m_first->frames(), (QList<QByteArray>{plainFrame, QByteArray()}));
    }

    void othersReadNothing()
    {
        QSignalSpy carried(m_second->inner, &Wire::received);
        m_first->wire->send(plainFrame);
        m_first->wire->send(plainFrame);
        QTRY_COMPARE(carried.size(), 2);
        const QByteArray once = carried[0][0].toByteArray();
        const QByteArray again = carried[1][0].toByteArray();
        QVERIFY(!once.contains("private"));
        QCOMPARE(once.size(), plainFrame.size() + SealedWire::overheadBytes);
        QVERIFY(once != again); // not even that the same was said twice

        SealedEnd other(m_ether, "another secret");
        QCoreApplication::processEvents();
        QTest::ignoreMessage(
            QtWarningMsg, QRegularExpression(QStringLiteral("no node of this database has sealed")));
        m_first->wire->send(plainFrame);
        QTRY_COMPARE(m_second->frames().size(), 3);
        QVERIFY(other.frames().isEmpty());
    }

    void othersForgeNothing()
    {
        QSignalSpy carried(m_second->inner, &Wire::received);
        m_first->wire->send(plainFrame);
        QTRY_COMPARE(carried.size(), 1);
        const QByteArray sealed = carried[0][0].toByteArray();
        QTest::ignoreMessage(
            QtWarningMsg, QRegularExpression(QStringLiteral("no node of this database has sealed")));
        for (qsizetype i = 0; i < sealed.size(); ++i) {
            QByteArray altered = sealed;
            altered[i] = char(altered[i] ^ 1);
            Q_EMIT m_second->inner->received(altered);
            Q_EMIT m_second->inner->received(sealed.left(i));
        }
        Q_EMIT m_second->inner->received(sealed + '\0');
        Q_EMIT m_second->inner->received(plainFrame);
        QCOMPARE(m_second->frames(), QList<QByteArray>{plainFrame});
    }

    void theLongestFrameFits()
    {
        QSignalSpy carried(m_second->inner, &Wire::received);
        m_first->wire->send(QByteArray(m_first->wire->mostFrameBytes(), 'x'));
        QTRY_COMPARE(carried.size(), 1);
        QCOMPARE(carried[0][0].toByteArray().size(), m_first->inner->mostFrameBytes());
    }

private:
    std::shared_ptr<test::Ether> m_ether;
    std::unique_ptr<SealedEnd> m_first;
    std::unique_ptr<SealedEnd> m_second;
};

QTEST_GUILESS_MAIN(TestSealedWire)
#include "tst_sealedwire.moc"
