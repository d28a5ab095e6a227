// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/peer/hostrules.h"

#include <QTest>

using namespace rookery::net;

/// The accepted Host fields (THREATS 39).
class TestHostRules : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void withoutAList_data();
    void withoutAList();
    void withAList_data();
    void withAList();
    void withoutRules();
};

namespace {

const QHostAddress own(QStringLiteral("192.0.2.10"));

bool answered(const HostRules &rules, const QByteArray &host, const QByteArray &origin)
{
    RequestHead head;
    head.method = "POST";
    head.path = "/";
    head.host = host;
    if (!origin.isNull())
        head.fields.append({"origin", origin});
    const auto refusal = rules.check(head, [] { return own; });
    // A refusal says what to do.
    if (refusal && (refusal->status != 421 || !refusal->error.detail.contains(QLatin1String("public_hosts"))))
        qFatal("not the refusal that is wanted");
    return !refusal;
}

} // namespace

void TestHostRules::withoutAList_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<bool>("good");
    const auto row = [](const QByteArray &host, const QByteArray &origin, bool good) {
        QTest::addRow("%s for %s", host.constData(), origin.isNull() ? "no page" : origin.constData())
            << host << origin << good;
    };
    // A page whose name was made to point here, whatever the port and the spelling.
    row("evil.example", "http://evil.example", false);
    row("evil.example:5000", "http://evil.example:5000", false);
    row("EVIL.example.:5000", "http://evil.example:5000", false);
    row("127.0.0.1.evil.example", "http://127.0.0.1.evil.example", false);
    row("localhost.evil.example", "http://localhost.evil.example", false);
    row("1.2.3", "http://1.2.3", false);
    // Who is no page of that name: another check's business, or no browser.
    row("evil.example", {}, true);
    row("evil.example", "http://other.example", true);
    row("chat.example.org", "https://chat.example.org", true); // has a certificate for the name
    row("listed.example:81", "http://listed.example:81", true);
    // Names that nobody outside can have.
    row("localhost:5000", "http://localhost:5000", true);
    row("app.localhost", "http://app.localhost", true);
    row("127.0.0.1:5000", "http://127.0.0.1:5000", true);
    row("127.1.2.3", "http://127.1.2.3", true);
    row("[::1]:5000", "http://[::1]:5000", true);
    row("192.168.1.7:8080", "http://192.168.1.7:8080", true);
    row("[fd00::7]", "http://[fd00::7]", true);
    row("myhost:8080", "http://myhost:8080", true);
    row("nas.local", "http://nas.local", true);
    row("nas.fritz.lan", "http://nas.fritz.lan", true);
    row("", "http://evil.example", true); // HTTP/1.0
}

void TestHostRules::withoutAList()
{
    QFETCH(QByteArray, host);
    QFETCH(QByteArray, origin);
    QFETCH(bool, good);
    const HostRules rules({}, {QStringLiteral("http://listed.example"), QStringLiteral("null")});
    QCOMPARE(answered(rules, host, origin), good);
}

void TestHostRules::withAList_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("good");
    const auto row = [](const char *host, bool good) { QTest::newRow(host) << QByteArray(host) << good; };
    row("chat.example.org", true);
    row("chat.example.org:8080", true);
    row("Chat.Example.Org.", true);
    row("203.0.113.7:81", true);
    row("[2001:db8::7]:81", true);
    row("[2001:DB8:0::7]", true);
    row("app.example", true); // an allowed origin
    row("localhost:5000", true);
    row("127.0.0.1", true);
    row("[::1]", true);
    row("192.0.2.10:5000", true); // the address that the connection came to
    row("192.0.2.11", false);
    row("evil.example", false);
    row("evil.example.org", false);
    row("chat.example.org.evil.example", false);
    row("example.org", false);
    row("myhost", false);
    row("nas.local", false);
    row("", false);
    row(":80", false);
}

void TestHostRules::withAList()
{
    QFETCH(QByteArray, host);
    QFETCH(bool, good);
    const HostRules rules(
        {QStringLiteral("chat.example.org"), QStringLiteral("203.0.113.7"), QStringLiteral("2001:db8::7")},
        {QStringLiteral("https://app.example")});
    QCOMPARE(answered(rules, host, {}), good);
    QCOMPARE(answered(rules, host, "http://" + host), good);
    QCOMPARE(answered(rules, host, "https://" + host), good);
}

void TestHostRules::withoutRules()
{
    QVERIFY(answered(HostRules(), "evil.example", "http://evil.example"));
}

QTEST_GUILESS_MAIN(TestHostRules)
#include "tst_net_hostrules.moc"
