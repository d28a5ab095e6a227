// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/handshake.h"

#include "tests/wire/load/httpresponse.h"
#include "tests/wire/load/refusal.h"

#include <QCryptographicHash>
#include <QRandomGenerator>

namespace rookery::load::handshake {

namespace {

const QByteArray &key()
{
    static const QByteArray key = [] {
        QByteArray bytes(16, '\0');
        for (char &byte : bytes)
            byte = char(QRandomGenerator::global()->bounded(256));
        return bytes.toBase64();
    }();
    return key;
}

const std::string &expectedAccept()
{
    static const std::string accept =
        QCryptographicHash::hash(key() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", QCryptographicHash::Sha1)
            .toBase64()
            .toStdString();
    return accept;
}

} // namespace

std::string request(const std::string &authority, const std::string &path, const std::string &token)
{
    std::string text = "GET " + path + " HTTP/1.1\r\nHost: " + authority
        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        + key().toStdString() + "\r\n";
    if (!token.empty())
        text += "Authorization: Bearer " + token + "\r\n";
    return text + "\r\n";
}

Answer readAnswer(std::string_view bytes)
{
    Answer answer;
    HttpResponse response;
    const HttpState state = readHttpHead(bytes, response);
    if (state == HttpState::Incomplete)
        return answer;
    if (state == HttpState::Complete && response.status == 101) {
        answer.bytes = response.headBytes;
        const bool genuine = httpField(response.head, "sec-websocket-accept") == expectedAccept();
        answer.state = genuine ? Answer::State::Accepted : Answer::State::Refused;
        if (!genuine)
            answer.reason = "the handshake was answered with a wrong Sec-WebSocket-Accept";
        return answer;
    }
    if (state == HttpState::Complete) {
        std::string_view rest = bytes;
        // Without its length, or before its end has come, the body says why.
        if (readHttpResponse(rest, response) == HttpState::Incomplete)
            return answer;
    }
    answer.state = Answer::State::Refused;
    answer.reason = "the handshake was refused: " + explainRefusal(response.status, response.body);
    return answer;
}

} // namespace rookery::load::handshake
