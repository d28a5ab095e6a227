// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/responsehead.h"

#include "server/net/http/httpgrammar.h"

#include <algorithm>
#include <array>

namespace rookery::net {

namespace {

struct Phrase
{
    int status;
    const char *text;
};

constexpr std::array phrases{
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{206, "Partial Content"},
    Phrase{304, "Not Modified"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{411, "Length Required"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{416, "Range Not Satisfiable"},
    Phrase{417, "Expectation Failed"},
    Phrase{421, "Misdirected Request"},
    Phrase{422, "Unprocessable Content"},
    Phrase{426, "Upgrade Required"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{503, "Service Unavailable"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
};

/// Set by the connection alone.
constexpr std::array<QByteArrayView, 7> connectionFields{
    "connection",
    "content-length",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
};

bool isConnectionField(QByteArrayView name)
{
    return std::ranges::any_of(connectionFields, [&](QByteArrayView field) {
        return field.size() == name.size() && field.compare(name, Qt::CaseInsensitive) == 0;
    });
}

} // namespace

QByteArray reasonPhrase(int status)
{
    const auto *const found =
        std::ranges::find_if(phrases, [status](const Phrase &phrase) { return phrase.status == status; });
    return found != phrases.end() ? found->text : "Unknown";
}

bool areResponseFields(const HeaderFields &fields)
{
    return std::ranges::all_of(fields, [](const auto &field) {
        return grammar::isToken(field.first) && grammar::isFieldValue(field.second)
            && !isConnectionField(field.first);
    });
}

QByteArray responseHead(
    int status, const HeaderFields &fields, BodyFraming framing, qint64 length, const QByteArray &lines)
{
    QByteArray head = "HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonPhrase(status) + "\r\n";
    for (const auto &[name, value] : fields)
        head.append(name).append(": ").append(value).append("\r\n");
    if (framing == BodyFraming::Length)
        head.append("Content-Length: ").append(QByteArray::number(length)).append("\r\n");
    else if (framing == BodyFraming::Chunked)
        head.append("Transfer-Encoding: chunked\r\n");
    return head.append(lines).append("\r\n");
}

QByteArray chunkHead(qsizetype size)
{
    return QByteArray::number(size, 16) + "\r\n";
}

} // namespace rookery::net
