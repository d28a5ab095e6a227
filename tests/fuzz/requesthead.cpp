// SPDX-License-Identifier: GPL-3.0-or-later
/// The head and the body of HTTP requests, as received from the network (THREATS 19, 20): an accepted request
/// is unambiguous, however it was split, and QHttpServer is given the same request.

#include "server/net/http/bodyreader.h"
#include "server/net/http/canonicalrequest.h"
#include "server/net/http/httpheadparser.h"
#include "server/net/websocket/upgrade.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/referencehead.h"

#include <optional>

using namespace rookery;
using namespace rookery::net;

namespace {

/// Small ones let small inputs reach every bound.
Limits limitsOf(quint8 how)
{
    Limits limits;
    if (how & 1) {
        limits.urlBytes = 24;
        limits.headerBytes = 128;
        limits.headerFields = 5;
        limits.bodyBytes = 16;
    }
    return limits;
}

QByteArray text(const RequestHead &head)
{
    QByteArray out = head.method + ' ' + head.path + ' ' + head.query + ' ' + head.host + ' '
        + QByteArray::number(head.minorVersion) + ' ' + QByteArray::number(int(head.body)) + ' '
        + QByteArray::number(head.contentLength) + ' ' + QByteArray::number(head.keepAlive) + ' '
        + QByteArray::number(head.expectContinue) + '\n';
    for (const RequestHead::Field &field : head.fields)
        out += field.name + ": " + field.value + '\n';
    return out;
}

QByteArray text(const Refusal &refusal)
{
    return "refused " + QByteArray::number(refusal.status) + ' ' + codeText(refusal.error.code).data() + ' '
        + refusal.headers + refusal.error.detail.toUtf8() + '\n';
}

/// One connection's requests, one after the other, as server/net/connection.cpp reads them.
class Requests
{
public:
    explicit Requests(const Limits &limits)
        : m_limits(limits)
        , m_parser(limits)
    { }

    void feed(QByteArrayView bytes)
    {
        while (!bytes.isEmpty() && !m_over) {
            const qsizetype taken = m_body ? m_body->feed(bytes) : m_parser.feed(bytes);
            FUZZ_REQUIRE(taken >= 0 && taken <= bytes.size());
            if (m_body)
                stream(bytes.first(taken));
            m_raw.append(bytes.first(taken));
            bytes = bytes.sliced(taken);
            if (m_body ? bodyGoesOn() : headGoesOn())
                FUZZ_REQUIRE(bytes.isEmpty()); // who wants more has taken all there was
        }
    }

    const QByteArray &transcript() const { return m_transcript; }

private:
    /// The same body piece by piece, as it is streamed.
    void stream(QByteArrayView bytes)
    {
        while (m_pieces->state() == BodyReader::State::Reading && !bytes.isEmpty())
            m_streamed.append(m_pieces->next(bytes));
        FUZZ_REQUIRE(bytes.isEmpty());
        FUZZ_REQUIRE(m_pieces->state() == m_body->state() && m_pieces->received() == m_body->received());
        FUZZ_REQUIRE(m_streamed.size() <= m_limits.bodyBytes);
    }

    bool headGoesOn()
    {
        switch (m_parser.state()) {
        case HttpHeadParser::State::Reading:
            return true;
        case HttpHeadParser::State::Refused:
            refused(m_parser.refusal());
            return false;
        case HttpHeadParser::State::Complete:
            break;
        }
        m_head = m_parser.takeHead();
        fuzz::requireUnambiguous(m_raw, m_head, m_limits);
        requireGoodUpgrade();
        m_transcript += text(m_head);
        m_raw.clear();
        m_body.emplace(m_head, m_limits);
        m_pieces.emplace(m_head, m_limits);
        m_streamed.clear();
        bodyGoesOn();
        return false;
    }

    bool bodyGoesOn()
    {
        switch (m_body->state()) {
        case BodyReader::State::Reading:
            return true;
        case BodyReader::State::Refused:
            refused(m_body->refusal());
            return false;
        case BodyReader::State::Complete:
            break;
        }
        FUZZ_REQUIRE(m_body->received() == m_raw.size());
        const QByteArray body = m_body->take();
        FUZZ_REQUIRE(body.size() <= m_limits.bodyBytes);
        FUZZ_REQUIRE(fuzz::bodyOf(m_raw, m_head) == body && m_streamed == body);
        requireSameForQt(body);
        m_transcript += "body " + body.toHex() + '\n';
        m_raw.clear();
        m_body.reset();
        m_parser = HttpHeadParser(m_limits);
        return false;
    }

    void refused(const Refusal &refusal)
    {
        FUZZ_REQUIRE(refusal.status >= 400 && refusal.status <= 505 && !refusal.error.detail.isEmpty());
        const QByteArray answer = finishRefusal(plainRefusal(refusal.status, refusal.error), refusal, false);
        FUZZ_REQUIRE(answer.startsWith("HTTP/1.1 " + QByteArray::number(refusal.status) + ' '));
        FUZZ_REQUIRE(fuzz::isCleanHead(answer.first(answer.indexOf("\r\n\r\n") + 4)));
        m_transcript += text(refusal);
        m_over = true;
    }

    /// What QHttpServer is given says the same as what came: nothing more, and nothing in other words.
    void requireSameForQt(const QByteArray &body)
    {
        QByteArray request = canonicalRequest(m_head, body);
        FUZZ_REQUIRE(fuzz::isCleanHead(request.first(request.indexOf("\r\n\r\n") + 4)));
        request.insert(request.indexOf("\r\n") + 2, "host: guard\r\n");
        Limits wide;
        wide.urlBytes = m_limits.urlBytes + 2;
        HttpHeadParser parser(wide);
        const qsizetype headEnd = parser.feed(request);
        FUZZ_REQUIRE(parser.state() == HttpHeadParser::State::Complete);
        const RequestHead &seen = parser.head();
        FUZZ_REQUIRE(seen.method == (m_head.method == "HEAD" ? QByteArray("GET") : m_head.method));
        FUZZ_REQUIRE(seen.query == m_head.query);
        const QByteArray path = withoutTrailingSlash(m_head.path).toByteArray();
        FUZZ_REQUIRE(seen.path == (path.startsWith("//") ? "/." + path : path));
        BodyReader reader(seen, wide);
        reader.feed(QByteArrayView(request).sliced(headEnd));
        FUZZ_REQUIRE(reader.state() == BodyReader::State::Complete && reader.take() == body);
    }

    void requireGoodUpgrade()
    {
        if (!wantsWebSocket(m_head))
            return;
        const auto checked = checkUpgrade(m_head, {});
        if (const auto *refusal = std::get_if<Refusal>(&checked)) {
            m_transcript += text(*refusal);
            return;
        }
        const auto &upgrade = std::get<Upgrade>(checked);
        FUZZ_REQUIRE(fuzz::isCleanHead(upgrade.minimalHead));
        FUZZ_REQUIRE(upgrade.minimalHead.count("\r\n") <= 8);
        FUZZ_REQUIRE(upgrade.handshake.path.isValidUtf16() && !upgrade.handshake.path.contains(QChar(u'\0')));
        m_transcript += "upgrade " + upgrade.handshake.path.toUtf8() + ' '
            + upgrade.handshake.query.toString(QUrl::FullyEncoded).toUtf8() + '\n';
    }

    Limits m_limits;
    HttpHeadParser m_parser;
    RequestHead m_head;
    std::optional<BodyReader> m_body;
    std::optional<BodyReader> m_pieces;
    QByteArray m_streamed; ///< what those were
    QByteArray m_raw; ///< of the part being read
    QByteArray m_transcript;
    bool m_over = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    fuzz::Input input(data, size);
    const Limits limits = limitsOf(input.byte());
    const quint8 cuts = input.byte();
    Requests whole(limits);
    whole.feed(input.rest());
    for (const quint8 how : {quint8(0), cuts}) {
        Requests cut(limits);
        fuzz::inPieces(input.rest(), how, [&cut](QByteArrayView piece) { cut.feed(piece); });
        FUZZ_REQUIRE(cut.transcript() == whole.transcript());
    }
    return 0;
}
