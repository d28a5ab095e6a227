// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/exchange.h"

#include <QCryptographicHash>

#include <functional>
#include <memory>
#include <vector>

namespace rookery::net::test {

/// What a test sees of a sink or a source, also after its end.
struct Stream
{
    Exchange *exchange = nullptr; ///< while sink or source live
    qint64 bytes = 0; ///< taken, or given
    int calls = 0; ///< of take() or pull()
    bool ended = false;
    bool aborted = false;
    bool gone = false; ///< the sink or source is destroyed
};
using StreamPtr = std::shared_ptr<Stream>;

/// The bytes of every answer that streams out, from `offset` on.
QByteArray streamedBytes(qint64 offset, qsizetype count);

/// A handler with two routes that stream, and /hello, which it leaves to QHttpServer as it does the rest.
///
/// `POST /in`, with the field `Authorization: Bearer good`, else 401: its body goes into a sink, which answers
/// with the bytes' number and SHA-256. `GET /out/BYTES[?unknown][&later][&fail=AT]`: an answer of so many
/// bytes from a source; of unknown length, with every second pull Later until the test resumes, failing after
/// AT bytes. `GET /page`: an answer from memory. `POST /whole`: buffered, up to 100 bytes.
class StreamHandler : public HttpHandler
{
public:
    HttpDecision decide(const Incoming &request) override;

    qint64 bodyBytes = 256 * 1024 * 1024; ///< limit of /in
    std::chrono::milliseconds patience = usualPatience;
    bool pauseAtBegin = false;
    bool pauseEachTime = false;
    bool answersAtEnd = true;
    std::function<void(Stream &)> taken; ///< after each take()
    std::function<void(Stream &)> pulled; ///< at each pull()
    HeaderFields fields; ///< of answers
    int status = 200; ///< of answers that stream out
    std::vector<StreamPtr> streams; ///< in order

    /// The last that was made.
    Stream &last() const { return *streams.back(); }

private:
    HttpDecision streamIn(const RequestHead &head);
    HttpDecision streamOut(const RequestHead &head);
};

/// What /in answers to this body.
QByteArray digestOf(const QByteArray &body);

} // namespace rookery::net::test
