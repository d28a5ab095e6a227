// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>

#include <utility>

namespace rookery::net {

/// Name and value of header fields, in the order in which they are written.
using HeaderFields = QList<std::pair<QByteArray, QByteArray>>;

/// How the end of a response's body is marked (RFC 9112 section 6.3).
enum class BodyFraming {
    None, ///< there is no body: of 204 and 304
    Length, ///< Content-Length
    Chunked,
    UntilClose, ///< by the end of the connection; for HTTP/1.0
};

/// Of RFC 9110 section 15; "Unknown" for a status that is not among those used here.
QByteArray reasonPhrase(int status);

/// Whether a response may have these fields: each a token and a value that stays in its line (RFC 9110
/// section 5.5), and none of those that only the connection sets (Connection, Content-Length,
/// Transfer-Encoding and the like).
bool areResponseFields(const HeaderFields &fields);

/// The head of a response, its empty line included. `length` is for BodyFraming::Length. `lines`: further
/// fields, each with its CRLF.
QByteArray responseHead(
    int status, const HeaderFields &fields, BodyFraming framing, qint64 length, const QByteArray &lines);

/// What stands before the data of a chunk of so many bytes, which "\r\n" follows.
QByteArray chunkHead(qsizetype size);
/// The end of a chunked body.
inline constexpr char lastChunk[] = "0\r\n\r\n";

} // namespace rookery::net
