// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/authorization/stage.h"

#include <QJsonDocument>
#include <QTest>

using namespace rookery::test;

namespace {

QString textOf(const QJsonObject &frame, const char *field)
{
    return frame[QLatin1String(field)].toString();
}

} // namespace

/// Nobody speaks in another's name, however the other is spelled (THREATS 4). Editing, deleting and read
/// markers have their rows here once there are such things.
class ForgeryTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void otherSenders_data();
    void otherSenders();
    void ownSpellings_data();
    void ownSpellings();
    void claimsBesideAMessageCountForNothing_data();
    void claimsBesideAMessageCountForNothing();

private:
    static void addDialects();
    /// The message in the dialect's fields; `sender` is JSON as it goes over the wire.
    QByteArray messageIn(const QString &dialect, const QByteArray &sender) const;
    /// Sends it as the caller; "ok", or the code of the refusal.
    QString send(const QString &dialect, const QByteArray &message);
    /// What the receiver finds from this user.
    QByteArray heardFrom(Caller sender);

    Stage m_stage;
    QString m_text;
    int m_messages = 0;
};

void ForgeryTest::initTestCase()
{
    const QString problem = m_stage.start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

QByteArray ForgeryTest::messageIn(const QString &dialect, const QByteArray &sender) const
{
    const bool of000 = dialect.endsWith(QLatin1String("000"));
    QByteArray message = of000 ? R"({"senderId":$sender,"receiverId":"bystander","message":"$text"})"
                               : R"({"sender":$sender,"receiver":"bystander","content":"$text"})";
    message.replace("$sender", sender);
    return message.replace("$text", m_text.toUtf8());
}

QString ForgeryTest::send(const QString &dialect, const QByteArray &message)
{
    const TestUser &caller = m_stage.user(Caller::User);
    const QString path = dialect.section(u' ', 1, 1);
    if (dialect.startsWith(QLatin1String("POST"))) {
        const HttpAnswer answer = m_stage.post(path, message, caller.token);
        return answer.status == 200 ? QStringLiteral("ok") : textOf(answer.json, "code");
    }
    WebSocketClient socket;
    if (!socket.open(m_stage.daemon().webSocketUrl(path), caller.token))
        return {};
    socket.sendRaw(QString::fromUtf8(message));
    const QJsonObject answer = socket.next([](const QJsonObject &frame) {
        return textOf(frame, "type") == QLatin1String("ack")
            || textOf(frame, "type") == QLatin1String("error");
    });
    return textOf(answer, "type") == QLatin1String("ack") ? QStringLiteral("ok") : textOf(answer, "code");
}

QByteArray ForgeryTest::heardFrom(Caller sender)
{
    return m_stage
        .ask("GET", QStringLiteral("/messages?limit=200&with=") + m_stage.user(sender).name, {},
            m_stage.bystander().token)
        .body;
}

void ForgeryTest::addDialects()
{
    QTest::addColumn<QString>("dialect");
    QTest::addColumn<QByteArray>("sender");
    QTest::addColumn<QString>("answer");
}

void ForgeryTest::otherSenders_data()
{
    addDialects();
    const TestUser &victim = m_stage.user(Caller::Creator);
    const QByteArray id = victim.id.toUtf8();
    const std::vector<std::pair<const char *, QByteArray>> spellings{
        {"name", "\"creator\""},
        {"name in capitals", "\"CREATOR\""},
        {"id", '"' + id + '"'},
        {"id in capitals", '"' + id.toUpper() + '"'},
        {"id in braces", "\"{" + id + "}\""},
        {"id without dashes", '"' + QByteArray(id).replace("-", "") + '"'},
        {"name escaped", R"("\u0063reator")"},
        {"name with a space", "\" creator\""},
        {"name with a line break", R"("creator\n")"},
        {"name with a zero-width space", R"("creator\u200b")"},
        {"name, full width", R"("\uff43reator")"},
        {"name, Cyrillic", R"("\u0441r\u0435at\u043er")"},
        {"own name, Cyrillic", R"("us\u0435r")"},
        {"own name with a space", "\"user \""},
        {"own name, and more", "\"user,creator\""},
        {"nobody there", "\"nobody-of-this-name\""},
        {"empty", "\"\""},
        {"null", "null"},
        {"a number", "1"},
        {"true", "true"},
        {"a list", R"(["user","creator"])"},
        {"an object", R"({"id":"creator"})"},
    };
    for (const char *dialect : {"POST /api/messages 000", "WS / 000", "WS / 001", "WS /websocket 001"}) {
        for (const auto &[what, sender] : spellings) {
            // What can be no name at all is refused for that.
            const char first = sender.front();
            const bool isText = first == '"' && sender != "\"\"";
            QTest::addRow("%s, %s", dialect, what)
                << dialect << sender << QString(isText ? QStringLiteral("forbidden") : QString());
        }
    }
}

void ForgeryTest::otherSenders()
{
    QFETCH(const QString, dialect);
    QFETCH(const QByteArray, sender);
    QFETCH(const QString, answer);
    m_text = QStringLiteral("forged %1.").arg(++m_messages);
    const QString got = send(dialect, messageIn(dialect, sender));
    if (answer.isEmpty())
        QVERIFY2(!got.isEmpty() && got != QLatin1String("ok"), qPrintable(got));
    else
        QCOMPARE(got, answer);
    QVERIFY(!heardFrom(Caller::Creator).contains(m_text.toUtf8()));
    QVERIFY(!heardFrom(Caller::User).contains(m_text.toUtf8()));
}

void ForgeryTest::ownSpellings_data()
{
    addDialects();
    for (const char *dialect : {"POST /api/messages 000", "WS / 000", "WS / 001", "WS /websocket 001"}) {
        const QByteArray id = m_stage.user(Caller::User).id.toUtf8();
        const QString ok = QStringLiteral("ok");
        QTest::addRow("%s, name", dialect) << dialect << QByteArray("\"user\"") << ok;
        QTest::addRow("%s, name in capitals", dialect) << dialect << QByteArray("\"USER\"") << ok;
        QTest::addRow("%s, id", dialect) << dialect << QByteArray('"' + id + '"') << ok;
        QTest::addRow("%s, id in capitals", dialect) << dialect << QByteArray('"' + id.toUpper() + '"') << ok;
    }
}

void ForgeryTest::ownSpellings()
{
    QFETCH(const QString, dialect);
    QFETCH(const QByteArray, sender);
    QFETCH(const QString, answer);
    m_text = QStringLiteral("own %1.").arg(++m_messages);
    QCOMPARE(send(dialect, messageIn(dialect, sender)), answer);
    QVERIFY(heardFrom(Caller::User).contains(m_text.toUtf8()));
}

void ForgeryTest::claimsBesideAMessageCountForNothing_data()
{
    QTest::addColumn<QString>("dialect");
    QTest::addColumn<QByteArray>("message");
    const QByteArray text = R"("message":"$text",)";
    QTest::newRow("002 POST") << "POST /api/chats/send" << text;
    QTest::newRow("002 socket") << "WS /" << text;
    QTest::newRow("002 event") << "WS /" << text + R"("event":"message",)";
    QTest::newRow("003 POST") << "POST /chat/send" << text;
    QTest::newRow("004 socket") << "WS /ws/chat/lobby" << text;
    QTest::newRow("native POST") << "POST /api/v1/rooms/lobby/messages" << QByteArray(R"("text":"$text",)");
    QTest::newRow("native socket") << "WS /ws/v1"
                                   << QByteArray(R"("type":"send","room":"lobby","text":"$text",)");
}

/// Whatever fields a client adds, the sender, the number and the time of a message are the server's.
void ForgeryTest::claimsBesideAMessageCountForNothing()
{
    QFETCH(const QString, dialect);
    QFETCH(QByteArray, message);
    const TestUser &victim = m_stage.user(Caller::Creator);
    const TestUser &caller = m_stage.user(Caller::User);
    m_text = QStringLiteral("claims %1.").arg(++m_messages);
    const bool native = dialect.endsWith(QLatin1String("/ws/v1"));
    QByteArray json = "{" + message.replace("$text", m_text.toUtf8());
    for (const char *field : {"sender", "sender_username", "sender_name", "username", "user"})
        json += '"' + QByteArray(field) + R"(":"creator",)";
    for (const char *field : {"sender_id", "user_id", "userId", "from", "author"})
        json += '"' + QByteArray(field) + "\":\"" + victim.id.toUtf8() + "\",";
    json += R"("seq":1,"id":")" + victim.id.toUtf8() + R"(","timestamp":"2001-01-01T00:00:00.000Z","ref":4})";
    const QString path = dialect.section(u' ', 1, 1);
    if (dialect.startsWith(QLatin1String("POST"))) {
        const int status = m_stage.post(path, json, caller.token).status;
        QVERIFY2(status == 200 || status == 201, qPrintable(QString::number(status)));
    } else {
        WebSocketClient socket;
        QVERIFY(socket.open(m_stage.daemon().webSocketUrl(path), caller.token));
        if (native)
            socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
        socket.sendRaw(QString::fromUtf8(json));
        const bool echoed = path.startsWith(QLatin1String("/ws/chat"));
        QVERIFY(!socket
                     .next([&](const QJsonObject &frame) {
                         return echoed ? textOf(frame, "message") == m_text
                                       : textOf(frame, "type") == QLatin1String("ack");
                     })
                     .isEmpty());
    }
    const QJsonArray events =
        m_stage.ask("GET", QStringLiteral("/api/v1/rooms/lobby/events"), {}, caller.token)
            .json[QLatin1String("events")]
            .toArray();
    const QJsonObject last = events.last().toObject();
    QCOMPARE(textOf(last, "text"), m_text);
    QCOMPARE(last[QLatin1String("sender")][QLatin1String("id")].toString(), caller.id);
    QCOMPARE(last[QLatin1String("sender")][QLatin1String("username")].toString(), caller.name);
    QVERIFY(textOf(last, "id") != victim.id);
    QVERIFY(!textOf(last, "timestamp").startsWith(QLatin1String("2001")));
}

QTEST_GUILESS_MAIN(ForgeryTest)
#include "tst_forgery.moc"
