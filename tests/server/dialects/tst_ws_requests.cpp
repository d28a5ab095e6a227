// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/direct/directframes.h"
#include "server/dialects/native/nativeframes.h"
#include "server/dialects/personal/personalframes.h"
#include "server/dialects/room/roomframes.h"

#include <QJsonDocument>
#include <QTest>

using namespace rookery;
using namespace rookery::ws;

namespace {

QJsonObject objectOf(const char *text)
{
    QJsonParseError problem;
    const auto document = QJsonDocument::fromJson(text, &problem);
    Q_ASSERT_X(problem.error == QJsonParseError::NoError, text, qPrintable(problem.errorString()));
    return document.object();
}

QJsonObject objectOf(const QByteArray &frame)
{
    return objectOf(frame.constData());
}

/// Whether a dialect takes what is no JSON for a text.
enum class PlainText { Refused, Taken };

void addRefusals(PlainText plainText = PlainText::Refused)
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("field");
    // What every dialect refuses (THREATS.md 18).
    QTest::newRow("empty") << QByteArray("") << "invalid_json"
                           << "";
    if (plainText == PlainText::Refused) {
        QTest::newRow("no JSON") << QByteArray("hello") << "invalid_json"
                                 << "";
    } else {
        QTest::newRow("blank") << QByteArray(" \n") << "invalid_json"
                               << "";
        QTest::newRow("half a direct message")
            << QByteArray(R"( {"senderId":"ann","receiverId":"bob","mess)") << "invalid_json"
            << "";
    }
    QTest::newRow("cut") << QByteArray("{\"message\":\"a") << "invalid_json"
                         << "message";
    QTest::newRow("an array") << QByteArray("[{\"message\":\"a\"}]") << "invalid_json"
                              << "";
    QTest::newRow("a string") << QByteArray("\"message\"") << "invalid_json"
                              << "";
    QTest::newRow("an object in a string")
        << QByteArray(R"("{\"senderId\":\"ann\",\"receiverId\":\"bob\",\"message\":\"psst\"}")")
        << "invalid_json"
        << "";
    QTest::newRow("deep") << QByteArray("{\"message\":") + QByteArray(10'000, '[') + QByteArray(10'000, ']')
            + "}"
                          << "invalid_json"
                          << "message";
}

} // namespace

/// What each dialect reads, and what it refuses.
class WsRequestsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void personalRequests_data();
    void personalRequests();
    void personalRefusals_data();
    void personalRefusals();
    void directRequests();
    void directRefusals_data();
    void directRefusals();
    void roomRequests();
    void roomRefusals_data();
    void roomRefusals();
    void roomStarts_data();
    void roomStarts();
    void badRoomStarts_data();
    void badRoomStarts();
    void nativeRequests();
    void nativeRefusals_data();
    void nativeRefusals();
    void nativeRefs_data();
    void nativeRefs();
    void aHelloNamesAtMostAThousandRooms();
};

void WsRequestsTest::personalRequests_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("text");
    QTest::newRow("002 {message}") << QByteArray(R"({"message":"hi"})") << 0 << "hi";
    QTest::newRow("002 event message") << QByteArray(R"({"event":"message","message":"hi"})") << 0 << "hi";
    QTest::newRow("unknown fields are ignored")
        << QByteArray(R"({"message":"hi","sender":"somebody","x":[1]})") << 0 << "hi";
    QTest::newRow("an empty text is the core's to refuse") << QByteArray(R"({"message":""})") << 0 << "";
    QTest::newRow("000 {senderId,receiverId,message}")
        << QByteArray(R"({"senderId":"ann","receiverId":"bob","message":"hi"})") << 1 << "hi";
    QTest::newRow("000 with numbers for ids")
        << QByteArray(R"({"senderId":1,"receiverId":2,"message":"hi"})") << 1 << "hi";
    QTest::newRow("001 {sender,receiver,content}")
        << QByteArray(R"({"sender":"ann","receiver":"bob","content":"hi"})") << 1 << "hi";
    QTest::newRow("000 plain text") << QByteArray("hi") << 0 << "hi";
    QTest::newRow("000 plain text with braces in it")
        << QByteArray("so {\"message\":1}") << 0 << "so {\"message\":1}";
    QTest::newRow("000 plain text that is a number") << QByteArray("42") << 0 << "42";
    QTest::newRow("002 event disconnect") << QByteArray(R"({"event":"disconnect"})") << 2 << "";
}

void WsRequestsTest::personalRequests()
{
    QFETCH(const QByteArray, frame);
    QFETCH(const int, kind);
    QFETCH(const QString, text);
    const auto request = personalframes::parse(frame);
    QVERIFY2(request.ok(), request ? "" : qPrintable(request.error().detail));
    QCOMPARE(int(request->index()), kind);
    if (const auto *toLobby = std::get_if<personalframes::ToLobby>(&*request))
        QCOMPARE(toLobby->draft.text, text);
    if (const auto *toUser = std::get_if<personalframes::ToUser>(&*request))
        QCOMPARE(toUser->draft.draft.text, text);
}

void WsRequestsTest::personalRefusals_data()
{
    addRefusals(PlainText::Taken);
    QTest::newRow("nothing") << QByteArray("{}") << "missing_field"
                             << "message";
    QTest::newRow("null") << QByteArray(R"({"message":null})") << "missing_field"
                          << "message";
    QTest::newRow("number") << QByteArray(R"({"message":1})") << "invalid_field"
                            << "message";
    QTest::newRow("event of another type") << QByteArray(R"({"event":1,"message":"a"})") << "invalid_field"
                                           << "event";
    QTest::newRow("unknown event") << QByteArray(R"({"event":"shout","message":"a"})") << "invalid_field"
                                   << "event";
    QTest::newRow("000 without receiver")
        << QByteArray(R"({"senderId":"a","message":"b"})") << "missing_field"
        << "receiverId";
    QTest::newRow("000 without sender")
        << QByteArray(R"({"receiverId":"a","message":"b"})") << "missing_field"
        << "senderId";
    QTest::newRow("000 without message")
        << QByteArray(R"({"senderId":"a","receiverId":"b"})") << "missing_field"
        << "message";
    QTest::newRow("000 with an object for an id")
        << QByteArray(R"({"senderId":{},"receiverId":"b","message":"c"})") << "invalid_field"
        << "senderId";
    QTest::newRow("001 without receiver") << QByteArray(R"({"sender":"a","content":"b"})") << "missing_field"
                                          << "receiver";
    QTest::newRow("client_id of another type")
        << QByteArray(R"({"message":"a","client_id":5})") << "invalid_field"
        << "client_id";
}

void WsRequestsTest::personalRefusals()
{
    QFETCH(const QByteArray, frame);
    const auto request = personalframes::parse(frame);
    QVERIFY(!request);
    QTEST(QString(codeText(request.error().code)), "code");
    QTEST(request.error().field, "field");
    QVERIFY(!request.error().detail.isEmpty());
}

void WsRequestsTest::directRequests()
{
    const auto draft = directframes::parse(
        R"({"sender":"ann","receiver":"bob","content":"hi","client_id":"x","more":true})");
    QVERIFY(draft);
    QCOMPARE(draft->sender, QStringLiteral("ann"));
    QCOMPARE(draft->receiver, QStringLiteral("bob"));
    QCOMPARE(draft->draft.text, QStringLiteral("hi"));
    QCOMPARE(draft->draft.clientId, std::optional<QString>(QStringLiteral("x")));
    QCOMPARE(draft->fields->text, QLatin1String("content"));
    QVERIFY(!directframes::parse(R"({"sender":"ann","receiver":"bob","content":"hi"})")->draft.clientId);
}

void WsRequestsTest::directRefusals_data()
{
    addRefusals();
    QTest::newRow("001 without sender") << QByteArray(R"({"receiver":"b","content":"c"})") << "missing_field"
                                        << "sender";
    QTest::newRow("001 without receiver") << QByteArray(R"({"sender":"a","content":"c"})") << "missing_field"
                                          << "receiver";
    QTest::newRow("001 without content") << QByteArray(R"({"sender":"a","receiver":"b"})") << "missing_field"
                                         << "content";
    QTest::newRow("001 with a list for content")
        << QByteArray(R"({"sender":"a","receiver":"b","content":[]})") << "invalid_field"
        << "content";
    QTest::newRow("002's form") << QByteArray(R"({"message":"c"})") << "missing_field"
                                << "sender";
}

void WsRequestsTest::directRefusals()
{
    QFETCH(const QByteArray, frame);
    const auto draft = directframes::parse(frame);
    QVERIFY(!draft);
    QTEST(QString(codeText(draft.error().code)), "code");
    QTEST(draft.error().field, "field");
}

void WsRequestsTest::roomRequests()
{
    const auto draft = roomframes::parse(R"({"message":"hi","type":"anything"})");
    QVERIFY(draft);
    QCOMPARE(draft->text, QStringLiteral("hi"));
    QVERIFY(!draft->clientId);
    const auto once = roomframes::parse(R"({"message":"hi","client_id":"x"})");
    QCOMPARE(once->clientId, std::optional<QString>(QStringLiteral("x")));
}

void WsRequestsTest::roomRefusals_data()
{
    addRefusals();
    QTest::newRow("004 missing message") << QByteArray("{}") << "missing_field"
                                         << "message";
    QTest::newRow("004 wrong type") << QByteArray(R"({"message":{"a":1}})") << "invalid_field"
                                    << "message";
    QTest::newRow("client_id of another type")
        << QByteArray(R"({"message":"a","client_id":true})") << "invalid_field"
        << "client_id";
}

void WsRequestsTest::roomRefusals()
{
    QFETCH(const QByteArray, frame);
    const auto draft = roomframes::parse(frame);
    QVERIFY(!draft);
    QTEST(QString(codeText(draft.error().code)), "code");
    QTEST(draft.error().field, "field");
}

void WsRequestsTest::roomStarts_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<qint64>("lastSeq");
    QTest::addColumn<qint64>("after");
    // -1: the last messages, wherever they begin.
    QTest::newRow("004 last 50") << "" << qint64(120) << qint64(-1);
    QTest::newRow("fewer than 50 there") << "" << qint64(3) << qint64(-1);
    QTest::newRow("empty room") << "" << qint64(0) << qint64(0);
    QTest::newRow("004 history=0") << "history=0" << qint64(120) << qint64(120);
    QTest::newRow("004 history=200") << "history=200" << qint64(1000) << qint64(-1);
    QTest::newRow("004 since") << "since=7" << qint64(120) << qint64(7);
    QTest::newRow("since the beginning") << "since=0" << qint64(120) << qint64(0);
    QTest::newRow("since goes before history") << "history=5&since=7" << qint64(120) << qint64(7);
    QTest::newRow("since what is not there: all") << "since=9999" << qint64(120) << qint64(0);
    QTest::newRow("since of this epoch")
        << "since=7&epoch=0198C0DE-1234-4abc-8def-0123456789ab" << qint64(120) << qint64(7);
    QTest::newRow("since of another epoch: all")
        << "since=7&epoch=0198c0de-1234-4abc-8def-0123456789ac" << qint64(120) << qint64(0);
    QTest::newRow("an epoch without since")
        << "epoch=0198c0de-1234-4abc-8def-0123456789ac" << qint64(120) << qint64(-1);
    QTest::newRow("beside a token") << "token=abc&history=1" << qint64(120) << qint64(-1);
    QTest::newRow("percent-encoded") << "history=%31%30" << qint64(120) << qint64(-1);
}

void WsRequestsTest::roomStarts()
{
    QFETCH(const QString, query);
    QFETCH(const qint64, lastSeq);
    const auto start = roomframes::parseStart(QUrlQuery(query));
    QVERIFY(start);
    Room room;
    room.lastSeq = lastSeq;
    room.epoch = QStringLiteral("0198c0de-1234-4abc-8def-0123456789ab");
    QTEST(start->after(room).value_or(-1), "after");
}

void WsRequestsTest::badRoomStarts_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("field");
    QTest::newRow("too many") << "history=201"
                              << "history";
    QTest::newRow("negative") << "history=-1"
                              << "history";
    QTest::newRow("signed") << "history=%2B1"
                            << "history";
    QTest::newRow("empty") << "history="
                           << "history";
    QTest::newRow("no number") << "history=all"
                               << "history";
    QTest::newRow("blank before") << "since=%201"
                                  << "since";
    QTest::newRow("fraction") << "since=1.5"
                              << "since";
    QTest::newRow("hex") << "since=0x10"
                         << "since";
    QTest::newRow("past 2^63") << "since=9223372036854775808"
                               << "since";
    QTest::newRow("past 2^53") << "since=9007199254740992"
                               << "since";
    QTest::newRow("other digits") << QStringLiteral("since=١") << "since";
}

void WsRequestsTest::badRoomStarts()
{
    QFETCH(const QString, query);
    const auto start = roomframes::parseStart(QUrlQuery(query));
    QVERIFY(!start);
    QCOMPARE(start.error().code, ErrorCode::InvalidField);
    QTEST(start.error().field, "field");
}

void WsRequestsTest::nativeRequests()
{
    using namespace nativeframes;
    const auto greeting = parse(
        R"({"type":"hello","ref":1,"resume":[{"room":"r","epoch":"e","seq":5},{"room":"s","epoch":"","seq":0}]})");
    QVERIFY(greeting.request);
    QCOMPARE(greeting.ref, QJsonValue(1));
    const auto &hello = std::get<Hello>(*greeting.request);
    QCOMPARE(hello.resume.size(), 2);
    QCOMPARE(hello.resume[0].seq, 5);
    QVERIFY(std::get<Hello>(*parse(R"({"type":"hello"})").request).resume.isEmpty());

    const auto wanted = parse(R"({"type":"subscribe","room":"r","epoch":"e","seq":0})");
    const auto &subscribe = std::get<Subscribe>(*wanted.request);
    QCOMPARE(wanted.room, QStringLiteral("r"));
    QCOMPARE(subscribe.room, QStringLiteral("r"));
    QCOMPARE(subscribe.epoch, std::optional<QString>(QStringLiteral("e")));
    QCOMPARE(subscribe.seq, std::optional<qint64>(0));
    QVERIFY(!std::get<Subscribe>(*parse(R"({"type":"subscribe","room":"r"})").request).seq);

    QCOMPARE(std::get<Unsubscribe>(*parse(R"({"type":"unsubscribe","room":"r"})").request).room,
        QStringLiteral("r"));

    const auto sent = parse(R"({"type":"send","ref":"a","room":"r","text":"hi","client_id":"c"})");
    const auto &send = std::get<Send>(*sent.request);
    QCOMPARE(sent.ref, QJsonValue(QStringLiteral("a")));
    QCOMPARE(send.draft.text, QStringLiteral("hi"));
    QCOMPARE(send.draft.clientId, std::optional<QString>(QStringLiteral("c")));

    QVERIFY(std::holds_alternative<Ping>(*parse(R"({"type":"ping"})").request));
}

void WsRequestsTest::nativeRefusals_data()
{
    addRefusals();
    QTest::newRow("no type") << QByteArray("{}") << "missing_field"
                             << "type";
    QTest::newRow("type of another type") << QByteArray(R"({"type":1})") << "invalid_field"
                                          << "type";
    QTest::newRow("unknown type") << QByteArray(R"({"type":"shout"})") << "invalid_field"
                                  << "type";
    QTest::newRow("a server's type") << QByteArray(R"({"type":"event"})") << "invalid_field"
                                     << "type";
    QTest::newRow("subscribe without room") << QByteArray(R"({"type":"subscribe"})") << "missing_field"
                                            << "room";
    QTest::newRow("subscribe to a list")
        << QByteArray(R"({"type":"subscribe","room":["r"]})") << "invalid_field"
        << "room";
    QTest::newRow("negative seq") << QByteArray(R"({"type":"subscribe","room":"r","seq":-1})")
                                  << "invalid_field"
                                  << "seq";
    QTest::newRow("huge seq") << QByteArray(R"({"type":"subscribe","room":"r","seq":1e300})")
                              << "invalid_field"
                              << "seq";
    QTest::newRow("fraction of a seq")
        << QByteArray(R"({"type":"subscribe","room":"r","seq":0.5})") << "invalid_field"
        << "seq";
    QTest::newRow("epoch of another type")
        << QByteArray(R"({"type":"subscribe","room":"r","epoch":3})") << "invalid_field"
        << "epoch";
    QTest::newRow("unsubscribe without room") << QByteArray(R"({"type":"unsubscribe"})") << "missing_field"
                                              << "room";
    QTest::newRow("send without room") << QByteArray(R"({"type":"send","text":"a"})") << "missing_field"
                                       << "room";
    QTest::newRow("send without text") << QByteArray(R"({"type":"send","room":"r"})") << "missing_field"
                                       << "text";
    QTest::newRow("send a number") << QByteArray(R"({"type":"send","room":"r","text":1})") << "invalid_field"
                                   << "text";
    QTest::newRow("pages is a number") << QByteArray(R"({"type":"hello","pages":1})") << "invalid_field"
                                       << "pages";
    QTest::newRow("members of no room") << QByteArray(R"({"type":"members"})") << "missing_field"
                                        << "room";
    QTest::newRow("rooms after a number") << QByteArray(R"({"type":"rooms","after":7})") << "invalid_field"
                                          << "after";
    QTest::newRow("resume is no list") << QByteArray(R"({"type":"hello","resume":{}})") << "invalid_field"
                                       << "resume";
    QTest::newRow("resume of strings") << QByteArray(R"({"type":"hello","resume":["r"]})") << "invalid_field"
                                       << "resume";
    QTest::newRow("resume without room")
        << QByteArray(R"({"type":"hello","resume":[{"epoch":"e","seq":1}]})") << "missing_field"
        << "room";
    QTest::newRow("resume without seq")
        << QByteArray(R"({"type":"hello","resume":[{"room":"r","epoch":"e"}]})") << "missing_field"
        << "seq";
}

void WsRequestsTest::nativeRefusals()
{
    QFETCH(const QByteArray, frame);
    const auto parsed = nativeframes::parse(frame);
    QVERIFY(!parsed.request);
    QTEST(QString(codeText(parsed.request.error().code)), "code");
    QTEST(parsed.request.error().field, "field");
    // The refusal carries the ref of what it refuses.
    if (frame.startsWith("{\"type\"")) {
        const auto referred = nativeframes::parse("{\"ref\":\"r1\"," + frame.mid(1));
        QVERIFY(!referred.request);
        QCOMPARE(referred.ref, QJsonValue(QStringLiteral("r1")));
    }
}

void WsRequestsTest::nativeRefs_data()
{
    QTest::addColumn<QByteArray>("ref");
    QTest::addColumn<bool>("good");
    QTest::newRow("string") << QByteArray("\"a\"") << true;
    QTest::newRow("empty string") << QByteArray("\"\"") << true;
    QTest::newRow("number") << QByteArray("17") << true;
    QTest::newRow("fraction") << QByteArray("0.5") << true;
    QTest::newRow("the greatest") << QByteArray("9223372036854775807") << true;
    QTest::newRow("the least") << QByteArray("-9223372036854775808") << true;
    QTest::newRow("past the greatest") << QByteArray("9223372036854775808") << false;
    QTest::newRow("past the least") << QByteArray("-9223372036854777856") << false;
    QTest::newRow("64 characters") << '"' + QByteArray(64, 'a') + '"' << true;
    QTest::newRow("64 birds") << '"' + QByteArray("\xF0\x9F\x90\xA6").repeated(64) + '"' << true;
    QTest::newRow("65 characters") << '"' + QByteArray(65, 'a') + '"' << false;
    QTest::newRow("bool") << QByteArray("true") << false;
    QTest::newRow("object") << QByteArray("{}") << false;
    QTest::newRow("array") << QByteArray("[1]") << false;
}

void WsRequestsTest::nativeRefs()
{
    QFETCH(const QByteArray, ref);
    QFETCH(const bool, good);
    const auto parsed = nativeframes::parse(R"({"type":"ping","ref":)" + ref + '}');
    QCOMPARE(parsed.request.ok(), good);
    if (good) {
        const QJsonObject wanted = objectOf(R"({"ref":)" + ref + '}');
        const QByteArray pong = nativeframes::pong(parsed.ref);
        QCOMPARE(objectOf(pong)[QLatin1String("ref")], wanted[QLatin1String("ref")]);
        if (ref.toLongLong() != 0)
            QVERIFY2(pong.contains(R"("ref":)" + ref), pong); // to the last digit
    } else {
        QCOMPARE(parsed.request.error().field, QStringLiteral("ref"));
        QVERIFY(parsed.ref.isNull());
    }
}

void WsRequestsTest::aHelloNamesAtMostAThousandRooms()
{
    const QByteArray point = R"({"room":"r","epoch":"e","seq":1})";
    const auto helloOf = [&](int rooms) {
        return R"({"type":"hello","resume":[)" + QByteArrayList(rooms, point).join(',') + "]}";
    };
    QVERIFY(nativeframes::parse(helloOf(1000)).request);
    const auto tooMany = nativeframes::parse(helloOf(1001));
    QVERIFY(!tooMany.request);
    QCOMPARE(tooMany.request.error().field, QStringLiteral("resume"));
}

QTEST_GUILESS_MAIN(WsRequestsTest)
#include "tst_ws_requests.moc"
