// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/peer/connectionquota.h"
#include "server/net/peer/trustedproxies.h"

#include <QTest>

using namespace rookery;
using namespace rookery::net;

class TestTrustedProxies : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void networks_data()
    {
        QTest::addColumn<QString>("network");
        QTest::addColumn<QString>("address");
        QTest::addColumn<bool>("trusted");
        const auto row = [](const char *network, const char *address, bool trusted) {
            QTest::addRow("%s, %s", network, address)
                << QString::fromLatin1(network) << QString::fromLatin1(address) << trusted;
        };
        row("10.1.2.3", "10.1.2.3", true);
        row("10.1.2.3", "::ffff:10.1.2.3", true);
        row("10.1.2.3", "10.1.2.4", false);
        row("10.0.0.0/8", "10.255.0.1", true);
        row("10.0.0.0/8", "11.0.0.1", false);
        row("10.0.0.0/8", "::1", false);
        row("fd00::/8", "fd12::1", true);
        row("fd00::/8", "fe80::1", false);
        row("::1", "::1", true);
        row("::1", "127.0.0.1", false);
        row("no address", "127.0.0.1", false);
    }
    void networks()
    {
        QFETCH(QString, network);
        QFETCH(QString, address);
        QFETCH(bool, trusted);
        QCOMPARE(TrustedProxies({network}).trusts(QHostAddress(address)), trusted);
        QVERIFY(!TrustedProxies().trusts(QHostAddress(address)));
    }

    void clients_data()
    {
        QTest::addColumn<QString>("peer");
        QTest::addColumn<QByteArrayList>("forwardedFor");
        QTest::addColumn<QString>("client");
        const auto row = [](const char *name, const char *peer, const QByteArrayList &lines,
                             const char *client) {
            QTest::newRow(name) << QString::fromLatin1(peer) << lines << QString::fromLatin1(client);
        };
        row("nobody forwards", "10.0.0.1", {}, "10.0.0.1");
        row("one proxy", "10.0.0.1", {"192.0.2.7"}, "192.0.2.7");
        row("who is no proxy is not believed", "192.0.2.1", {"192.0.2.7"}, "192.0.2.1");
        row("what the client claims itself stands before the truth", "10.0.0.1", {"1.1.1.1, 192.0.2.7"},
            "192.0.2.7");
        row("in a line of its own, too", "10.0.0.1", {"1.1.1.1", "192.0.2.7"}, "192.0.2.7");
        row("two proxies", "10.0.0.1", {"1.1.1.1, 192.0.2.7, 10.0.0.2"}, "192.0.2.7");
        row("a proxy asks for itself", "10.0.0.1", {"10.0.0.2"}, "10.0.0.2");
        row("IPv6", "10.0.0.1", {"2001:db8::7"}, "2001:db8::7");
        row("IPv6 in brackets", "10.0.0.1", {"[2001:db8::7]"}, "2001:db8::7");
        row("IPv6 and a port", "10.0.0.1", {"[2001:db8::7]:4711"}, "2001:db8::7");
        row("IPv4 and a port", "10.0.0.1", {"192.0.2.7:4711"}, "192.0.2.7");
        row("IPv4 as IPv6", "10.0.0.1", {"::ffff:192.0.2.7"}, "192.0.2.7");
        row("unknown", "10.0.0.1", {"192.0.2.7, unknown"}, "10.0.0.1");
        row("an end at what is no address", "10.0.0.1", {"192.0.2.7, x, 10.0.0.2"}, "10.0.0.2");
        row("a number is no address", "10.0.0.1", {"1"}, "10.0.0.1");
        row("a scope is no address", "10.0.0.1", {"fe80::1%eth0"}, "10.0.0.1");
        row("half a bracket", "10.0.0.1", {"[2001:db8::7"}, "10.0.0.1");
        row("more behind a bracket", "10.0.0.1", {"[2001:db8::7]x"}, "10.0.0.1");
        row("empty", "10.0.0.1", {" , "}, "10.0.0.1");
    }
    void clients()
    {
        QFETCH(QString, peer);
        QFETCH(QByteArrayList, forwardedFor);
        QFETCH(QString, client);
        RequestHead head;
        for (const QByteArray &line : forwardedFor)
            head.fields.append({"x-forwarded-for", line});
        const TrustedProxies proxies({QStringLiteral("10.0.0.0/24"), QStringLiteral("fd00::/8")});
        QCOMPARE(proxies.clientOf({QHostAddress(peer), 1000, false}, head).address, QHostAddress(client));
    }

    void scheme()
    {
        const TrustedProxies proxies({QStringLiteral("10.0.0.1")});
        const auto secure = [&](const char *peer, bool overTls, const QByteArray &proto) {
            RequestHead head;
            head.fields.append({"x-forwarded-proto", proto});
            return proxies.clientOf({QHostAddress(QString::fromLatin1(peer)), 1, overTls}, head).secure;
        };
        QVERIFY(secure("10.0.0.1", false, "https"));
        QVERIFY(secure("10.0.0.1", false, "http, HTTPS"));
        QVERIFY(!secure("10.0.0.1", true, "http"));
        QVERIFY(!secure("10.0.0.2", false, "https"));
        QVERIFY(secure("10.0.0.2", true, "http"));
    }

    void aProxyBringsMany()
    {
        Limits limits;
        limits.connectionsPerAddress = 1;
        ConnectionQuota quota(limits, 3, 10, TrustedProxies({QStringLiteral("10.0.0.1")}));
        const QHostAddress proxy(QStringLiteral("10.0.0.1"));
        const QHostAddress other(QStringLiteral("10.0.0.2"));
        QCOMPARE(quota.enter({proxy}), ConnectionQuota::Verdict::Welcome);
        QCOMPARE(quota.enter({proxy}), ConnectionQuota::Verdict::Welcome);
        QCOMPARE(quota.enter({other}), ConnectionQuota::Verdict::Welcome);
        quota.leave({proxy});
        QCOMPARE(quota.enter({other}), ConnectionQuota::Verdict::AddressFull);
        QCOMPARE(quota.enter({proxy}), ConnectionQuota::Verdict::Welcome);
        QCOMPARE(quota.enter({proxy}), ConnectionQuota::Verdict::Full);
    }
};

QTEST_GUILESS_MAIN(TestTrustedProxies)
#include "tst_net_trustedproxies.moc"
