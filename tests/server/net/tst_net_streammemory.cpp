// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/eventdispatcher.h"
#include "tests/server/net/streamserver.h"

#include <QFile>
#include <QProcess>
#include <QSocketNotifier>
#include <QSslSocket>
#include <QTest>

#include <algorithm>
#include <cstdio>
#include <optional>

using namespace rookery;
using namespace rookery::net;
using namespace rookery::net::test;

namespace {

constexpr qint64 streamed = 100'000'000;
constexpr qint64 mostGrowth = 8 * 1024 * 1024;
constexpr int patience = 60'000;

/// A server in a process of its own, which is this program again: it says where it is, and lives until its
/// input ends.
int serve(int argc, char *argv[])
{
    if (auto dispatcher = makeEventDispatcher())
        QCoreApplication::setEventDispatcher(dispatcher.release());
    QCoreApplication application(argc, argv);
    StreamServer server(qstrcmp(argv[2], "tls") == 0);
    std::printf("%s\n", server.url().toEncoded().constData());
    std::fflush(stdout);
    QSocketNotifier input(0, QSocketNotifier::Read);
    QObject::connect(&input, &QSocketNotifier::activated, &application, &QCoreApplication::quit);
    return QCoreApplication::exec();
}

class ServerProcess
{
public:
    explicit ServerProcess(bool secure)
    {
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(QCoreApplication::applicationFilePath(),
            {QStringLiteral("--serve"), secure ? QStringLiteral("tls") : QStringLiteral("plain")});
        while (m_process.waitForReadyRead(patience) && !m_process.canReadLine()) { }
        m_url = QUrl::fromEncoded(m_process.readLine().trimmed());
    }
    ~ServerProcess()
    {
        m_process.closeWriteChannel();
        m_process.waitForFinished();
    }

    const QUrl &url() const { return m_url; }
    /// Of /proc/PID/status, in bytes.
    qint64 field(const QByteArray &name) const
    {
        QFile status(QStringLiteral("/proc/%1/status").arg(m_process.processId()));
        if (!status.open(QIODevice::ReadOnly))
            return -1;
        const QByteArrayList lines = status.readAll().split('\n');
        for (const QByteArray &line : lines) {
            if (line.startsWith(name + ':'))
                return line.mid(name.size() + 1).trimmed().split(' ').first().toLongLong() * 1024;
        }
        return -1;
    }
    /// Forgets the peak.
    bool resetPeak() const
    {
        QFile file(QStringLiteral("/proc/%1/clear_refs").arg(m_process.processId()));
        return file.open(QIODevice::WriteOnly) && file.write("5") == 1;
    }

private:
    QProcess m_process;
    QUrl m_url;
};

std::unique_ptr<QSslSocket> connectedTo(const QUrl &url)
{
    auto socket = std::make_unique<QSslSocket>();
    socket->setPeerVerifyMode(QSslSocket::VerifyNone);
    if (url.scheme() == QLatin1String("https")) {
        socket->connectToHostEncrypted(url.host(), quint16(url.port()));
        socket->waitForEncrypted(patience);
    } else {
        socket->connectToHost(url.host(), quint16(url.port()));
        socket->waitForConnected(patience);
    }
    return socket;
}

/// Sends so many bytes and answers the body that comes back.
QByteArray upload(QSslSocket &socket, qint64 size)
{
    socket.write("POST /in HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\nContent-Length: "
        + QByteArray::number(size) + "\r\n\r\n");
    const QByteArray piece(64 * 1024, 'x');
    for (qint64 left = size; left > 0;) {
        left -= socket.write(piece.constData(), std::min<qint64>(piece.size(), left));
        while (socket.bytesToWrite() + socket.encryptedBytesToWrite() > 256 * 1024) {
            if (!socket.waitForBytesWritten(patience))
                return {};
        }
    }
    QByteArray answer;
    while (!answer.contains("\r\n\r\n") || answer.endsWith("\r\n\r\n")) {
        if (!socket.waitForReadyRead(patience))
            return {};
        answer += socket.readAll();
    }
    return answer.sliced(answer.indexOf("\r\n\r\n") + 4);
}

/// How many bytes of an answer of so many come.
qint64 download(QSslSocket &socket, qint64 size)
{
    socket.write("GET /out/" + QByteArray::number(size) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    QByteArray head;
    while (!head.contains("\r\n\r\n")) {
        if (!socket.waitForReadyRead(patience))
            return -1;
        head += socket.readAll();
    }
    qint64 received = head.size() - head.indexOf("\r\n\r\n") - 4;
    while (received < size) {
        if (socket.bytesAvailable() == 0 && !socket.waitForReadyRead(patience))
            break;
        received += socket.readAll().size();
    }
    return received;
}

/// What sanitizers keep of freed memory says nothing of the server.
bool isMeasured()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
    return false;
#else
    return true;
#endif
}

} // namespace

/// 100 MB in and 100 MB out, and the server's memory does not grow by more than 8 MiB at any time.
class TestStreamMemory : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase_data();
    void in();
    void out();
};

void TestStreamMemory::initTestCase_data()
{
    QTest::addColumn<bool>("secure");
    QTest::newRow("plain") << false;
    QTest::newRow("tls") << true;
}

void TestStreamMemory::in()
{
    QFETCH_GLOBAL(bool, secure);
    const ServerProcess server(secure);
    const auto socket = connectedTo(server.url());
    QVERIFY(upload(*socket, 1000).startsWith("1000 ")); // whatever is made once
    QVERIFY(server.resetPeak());
    const qint64 before = server.field("VmRSS");
    QVERIFY(upload(*socket, streamed).startsWith(QByteArray::number(streamed) + ' '));
    const qint64 growth = server.field("VmHWM") - before;
    qInfo("grown by %lld KiB", static_cast<long long>(growth / 1024));
    if (isMeasured())
        QVERIFY(growth <= mostGrowth);
}

void TestStreamMemory::out()
{
    QFETCH_GLOBAL(bool, secure);
    const ServerProcess server(secure);
    const auto socket = connectedTo(server.url());
    QCOMPARE(download(*socket, 1000), 1000);
    QVERIFY(server.resetPeak());
    const qint64 before = server.field("VmRSS");
    QCOMPARE(download(*socket, streamed), streamed);
    const qint64 growth = server.field("VmHWM") - before;
    qInfo("grown by %lld KiB", static_cast<long long>(growth / 1024));
    if (isMeasured())
        QVERIFY(growth <= mostGrowth);
}

int main(int argc, char *argv[])
{
    if (argc == 3 && qstrcmp(argv[1], "--serve") == 0)
        return serve(argc, argv);
    QCoreApplication application(argc, argv);
    TestStreamMemory test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_net_streammemory.moc"
