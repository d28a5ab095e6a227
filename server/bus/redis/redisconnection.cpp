// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redisconnection.h"

#include <QFutureWatcher>
#include <QHostInfo>
#include <QLocalSocket>
#include <QNetworkProxy>
#include <QPointer>
#include <QPromise>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTcpSocket>
#include <QThreadPool>

#include <algorithm>
#include <memory>
#include <utility>

namespace rookery::bus {

namespace {

constexpr qint64 mostAtOnce = 64 * 1024; ///< bytes that are read in one go
constexpr qint64 mostUnread = 4 * mostAtOnce; ///< that Qt keeps for us

/// The first word of an error, by which clients are to tell them apart, such as `WRONGPASS`.
QByteArray codeOf(const QByteArray &error)
{
    const QByteArray code = error.left(error.indexOf(' '));
    const bool isCode = !code.isEmpty() && code.size() <= 20
        && std::all_of(code.cbegin(), code.cend(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return isCode ? code : QByteArray();
}

} // namespace

RedisConnection::RedisConnection(RedisOptions options, RedisAddress address, Peer peer, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_address(std::move(address))
    , m_peer(peer)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(patience);
    connect(&m_timer, &QTimer::timeout, this, &RedisConnection::timedOut);
}

RedisConnection::~RedisConnection()
{
    drop();
}

QString RedisConnection::sentence(const QString &problem) const
{
    const QString who = m_peer == Peer::Sentinel ? QStringLiteral("The Sentinel") : QStringLiteral("Redis");
    const QString end = problem.endsWith(u'.') ? QString() : QStringLiteral(".");
    return QStringLiteral("%1 at %2 %3%4").arg(who, m_address.text(), problem, end);
}

QString RedisConnection::quoted(const QByteArray &said) const
{
    constexpr qsizetype longest = 200;
    QString text = QString::fromUtf8(said);
    if (!m_options.password.isEmpty())
        text.replace(m_options.password, QStringLiteral("…"));
    text.truncate(longest);
    for (QChar &c : text) {
        if (!c.isPrint())
            c = u' ';
    }
    return text.trimmed();
}

void RedisConnection::open(const QHostAddress &known)
{
    Q_ASSERT(m_step == Step::New);
    if (!known.isNull())
        m_candidates = {known};
    QMetaObject::invokeMethod(this, &RedisConnection::start, Qt::QueuedConnection);
}

QHostAddress RedisConnection::peerAddress() const
{
    const auto *const socket = qobject_cast<const QAbstractSocket *>(m_device);
    return socket ? socket->peerAddress() : QHostAddress();
}

void RedisConnection::close()
{
    m_step = Step::Over;
    drop();
}

void RedisConnection::start()
{
    if (m_step != Step::New)
        return;
    if (m_address.isLocal())
        trySocket();
    else
        lookUp();
}

template <typename Call>
void RedisConnection::handle(Call call)
{
    const QPointer<RedisConnection> self(this);
    ++m_signals;
    call();
    if (self)
        --m_signals;
}

void RedisConnection::lookUp()
{
    m_step = Step::LookingUp;
    if (const QHostAddress address(m_address.host); !address.isNull())
        m_candidates = {address};
    if (!m_candidates.isEmpty()) {
        tryNext();
        return;
    }
    // QTcpSocket and QHostInfo::lookupHost() would take what Qt has kept for a minute; after a failover that is the wrong server.
    const auto promise = std::make_shared<QPromise<QHostInfo>>();
    auto *const watcher = new QFutureWatcher<QHostInfo>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher] {
        const QHostInfo info = watcher->result();
        watcher->setParent(nullptr); // whoever hears of a failure may delete this
        watcher->deleteLater();
        m_candidates = info.addresses();
        if (m_candidates.isEmpty())
            fail(QStringLiteral("cannot be found: %1").arg(info.errorString()));
        else
            tryNext();
    });
    promise->start();
    watcher->setFuture(promise->future());
    QThreadPool::globalInstance()->start([promise, host = m_address.host] {
        promise->addResult(QHostInfo::fromName(host));
        promise->finish();
    });
}

void RedisConnection::tryNext()
{
    tryAddress(m_candidates.takeFirst());
}

void RedisConnection::tryAddress(const QHostAddress &address)
{
    m_step = Step::Connecting;
    m_certificateProblems.clear();
    auto *const socket = m_options.tls ? new QSslSocket(this) : new QTcpSocket(this);
    m_device = socket;
    socket->setProxy(QNetworkProxy::NoProxy);
    socket->setReadBufferSize(mostUnread);
    connect(socket, &QIODevice::readyRead, this, [this] { handle([this] { read(); }); });
    connect(socket, &QAbstractSocket::errorOccurred, this,
        [this, socket] { handle([this, socket] { lost(socket->errorString()); }); });
    m_timer.start();
    auto *const tls = qobject_cast<QSslSocket *>(socket);
    if (!tls) {
        connect(socket, &QAbstractSocket::connected, this, [this] { handle([this] { connected(); }); });
        socket->connectToHost(address, m_address.port);
        return;
    }
    connect(tls, &QSslSocket::encrypted, this, [this] { handle([this] { connected(); }); });
    connect(tls, &QSslSocket::sslErrors, this, [this](const QList<QSslError> &errors) {
        for (const QSslError &error : errors)
            m_certificateProblems.append(error.errorString());
    });
    // The other addresses of that name are not tried once one has answered.
    connect(tls, &QAbstractSocket::connected, this, [this] { m_candidates.clear(); });
    if (!m_options.authorities.isEmpty()) {
        QSslConfiguration configuration = tls->sslConfiguration();
        configuration.setCaCertificates(m_options.authorities);
        tls->setSslConfiguration(configuration);
    }
    tls->setPeerVerifyMode(QSslSocket::VerifyPeer);
    // Certificates are for names without the dot that ends one.
    const QString name = m_address.host.endsWith(u'.') ? m_address.host.chopped(1) : m_address.host;
    tls->connectToHostEncrypted(address.toString(), m_address.port, name);
}

void RedisConnection::trySocket()
{
    m_step = Step::Connecting;
    auto *const socket = new QLocalSocket(this);
    m_device = socket;
    socket->setReadBufferSize(mostUnread);
    connect(socket, &QIODevice::readyRead, this, [this] { handle([this] { read(); }); });
    connect(socket, &QLocalSocket::connected, this, [this] { handle([this] { connected(); }); });
    connect(socket, &QLocalSocket::disconnected, this, [this] { handle([this] { lost(QString()); }); });
    connect(socket, &QLocalSocket::errorOccurred, this,
        [this, socket] { handle([this, socket] { lost(socket->errorString()); }); });
    m_timer.start();
    socket->connectToServer(m_address.path);
}

void RedisConnection::connected()
{
    if (m_step != Step::Connecting)
        return;
    m_candidates.clear();
    if (auto *const socket = qobject_cast<QAbstractSocket *>(m_device)) {
        socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        socket->setSocketOption(QAbstractSocket::KeepAliveOption, 1);
    }
    if (!m_options.password.isEmpty() && m_peer != Peer::Sentinel)
        logIn();
    else
        probe();
}

void RedisConnection::logIn()
{
    m_step = Step::LoggingIn;
    m_isLoggedIn = true;
    const QByteArray user = m_options.user.toUtf8();
    const QByteArray password = m_options.password.toUtf8();
    // Servers before 6.0 know no users.
    if (user.isEmpty())
        write({"AUTH", password});
    else
        write({"AUTH", user, password});
}

void RedisConnection::probe()
{
    m_step = Step::Probing;
    write({m_peer == Peer::Master ? QByteArrayView("ROLE") : QByteArrayView("PING")});
}

void RedisConnection::write(std::initializer_list<QByteArrayView> words)
{
    m_device->write(redisCommand(words));
}

void RedisConnection::send(std::initializer_list<QByteArrayView> words)
{
    Q_ASSERT(m_step == Step::Ready || m_step == Step::Over);
    if (m_step == Step::Ready)
        write(words);
}

void RedisConnection::send(const std::vector<QByteArray> &words)
{
    Q_ASSERT(m_step == Step::Ready || m_step == Step::Over);
    if (m_step == Step::Ready)
        m_device->write(redisCommand(words));
}

bool RedisConnection::wait(std::chrono::milliseconds atMost)
{
    return m_step == Step::Ready && m_device->waitForReadyRead(int(atMost.count()));
}

void RedisConnection::read()
{
    const QPointer<RedisConnection> self(this);
    RedisReply reply;
    while (m_step != Step::Over) {
        const QByteArray bytes = m_device->read(mostAtOnce);
        if (bytes.isEmpty())
            return;
        m_reader.feed(bytes);
        for (;;) {
            const auto outcome = m_reader.next(&reply);
            if (outcome == RedisReader::Outcome::Broken) {
                fail(m_reader.problem());
                return;
            }
            if (outcome == RedisReader::Outcome::Incomplete)
                break;
            take(reply);
            if (!self || m_step == Step::Over)
                return;
        }
    }
}

void RedisConnection::take(const RedisReply &reply)
{
    switch (m_step) {
    case Step::LoggingIn:
        takeLogIn(reply);
        break;
    case Step::Probing:
        takeProbe(reply);
        break;
    case Step::Ready:
        Q_EMIT replied(reply);
        break;
    case Step::New:
    case Step::LookingUp:
    case Step::Connecting: // a server speaks first only to say why it does not want us
        fail(reply.isError() ? QStringLiteral("said: %1").arg(quoted(reply.text))
                             : QStringLiteral("speaks without being asked"));
        break;
    case Step::Over:
        break;
    }
}

void RedisConnection::takeLogIn(const RedisReply &reply)
{
    if (reply.kind == RedisReply::Kind::Status) {
        probe();
        return;
    }
    // Not what it says: servers and proxies that know no AUTH repeat its words.
    const QByteArray code = reply.isError() ? codeOf(reply.text) : QByteArray();
    if (reply.isError() && reply.text.contains("without any password configured"))
        fail(QStringLiteral("has no password for this user, but one is configured"));
    else if (code == "WRONGPASS" || reply.text.startsWith("ERR invalid password"))
        fail(QStringLiteral("does not accept the password, or knows no such user"));
    else if (code.isEmpty())
        fail(QStringLiteral("does not let us log in"));
    else
        fail(QStringLiteral("does not let us log in, and says %1").arg(QString::fromLatin1(code)));
}

void RedisConnection::takeProbe(const RedisReply &reply)
{
    if (reply.isError()) {
        const QByteArray code = codeOf(reply.text);
        if (code == "NOAUTH" && !m_isLoggedIn && !m_options.password.isEmpty())
            logIn();
        else if (code == "NOAUTH")
            fail(QStringLiteral("wants a password"));
        else if (code == "NOPERM" && m_peer != Peer::Master) // not even PING, but it knows who asks
            becomeReady();
        else
            fail(QStringLiteral("said: %1").arg(quoted(reply.text)));
        return;
    }
    if (m_peer != Peer::Master) {
        if (reply.text == "PONG")
            becomeReady();
        else
            fail(QStringLiteral("does not answer a PING as Redis does"));
        return;
    }
    if (reply.kind != RedisReply::Kind::Array || reply.elements.empty())
        fail(QStringLiteral("does not say its ROLE as Redis does"));
    else if (reply.elements.front().text != "master")
        fail(QStringLiteral("is not a master, though a Sentinel says so"));
    else
        becomeReady();
}

void RedisConnection::becomeReady()
{
    m_timer.stop();
    m_step = Step::Ready;
    Q_EMIT ready();
}

void RedisConnection::lost(const QString &problem)
{
    if (m_step == Step::Over)
        return;
    // It may have said why before it has gone.
    const QPointer<RedisConnection> self(this);
    if (m_step != Step::Connecting)
        read();
    if (!self || m_step == Step::Over)
        return;
    if (!m_certificateProblems.isEmpty())
        fail(QStringLiteral("shows a certificate that is not accepted: %1")
                 .arg(m_certificateProblems.join(QLatin1String("; "))));
    else if (m_step == Step::Connecting && !m_candidates.isEmpty()) {
        drop();
        tryNext();
    } else if (m_step == Step::Connecting)
        fail(QStringLiteral("cannot be reached: %1").arg(problem));
    else
        fail(QStringLiteral("closed the connection"));
}

void RedisConnection::timedOut()
{
    if (m_step == Step::Connecting && !m_candidates.isEmpty()) {
        drop();
        tryNext();
        return;
    }
    fail(QStringLiteral("did not answer within %1 ms").arg(patience.count()));
}

void RedisConnection::drop()
{
    m_timer.stop();
    if (!m_device)
        return;
    QIODevice *const device = std::exchange(m_device, nullptr);
    device->disconnect(this);
    if (auto *const socket = qobject_cast<QAbstractSocket *>(device))
        socket->abort();
    else
        static_cast<QLocalSocket *>(device)->abort();
    if (m_signals == 0) {
        delete device;
        return;
    }
    // Sockets do not survive being deleted in their signals, and whoever hears of one may delete all of us.
    device->setParent(nullptr);
    device->deleteLater();
}

void RedisConnection::fail(const QString &problem)
{
    close();
    Q_EMIT failed(sentence(problem));
}

} // namespace rookery::bus
