// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/httpresponse.h"

#include <QTest>

using namespace rookery::load;

class tst_HttpResponse : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void responses_data();
    void responses();
};

void tst_HttpResponse::responses_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("state");
    QTest::addColumn<QByteArray>("body");
    const auto row = [](const char *name, const char *bytes, HttpState state, const char *body = "") {
        QTest::newRow(name) << QByteArray(bytes) << int(state) << QByteArray(body);
    };
    row("body", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", HttpState::Complete, "hi");
    row("names in any case", "HTTP/1.1 200 OK\r\nContent-LENGTH:2\r\n\r\nhi and more", HttpState::Complete,
        "hi");
    row("no body", "HTTP/1.1 204 No Content\r\n\r\n", HttpState::Complete);
    row("nothing", "", HttpState::Incomplete);
    row("half a head", "HTTP/1.1 200 OK\r\ncontent-le", HttpState::Incomplete);
    row("half a body", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nhi", HttpState::Incomplete);
    row("chunked", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", HttpState::Invalid);
    row("not a length", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", HttpState::Invalid);
    row("not a status", "HTTP/1.1 abc\r\n\r\n", HttpState::Invalid);
    row("not HTTP", "SSH-2.0-OpenSSH\r\n\r\n", HttpState::Invalid);
}

void tst_HttpResponse::responses()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, state);
    QFETCH(QByteArray, body);
    std::string_view rest(bytes.constData(), std::size_t(bytes.size()));
    const std::size_t before = rest.size();
    HttpResponse response;
    QCOMPARE(int(readHttpResponse(rest, response)), state);
    if (HttpState(state) == HttpState::Complete)
        QCOMPARE(QByteArray(response.body.data(), qsizetype(response.body.size())), body);
    else
        QCOMPARE(rest.size(), before);
}

QTEST_APPLESS_MAIN(tst_HttpResponse)
#include "tst_httpresponse.moc"
