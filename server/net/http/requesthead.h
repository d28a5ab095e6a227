// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QByteArrayView>
#include <QList>

namespace rookery::net {

/// The head of one HTTP request, valid by RFC 9112 (see HttpHeadParser).
struct RequestHead
{
    struct Field
    {
        QByteArray name; ///< in lower case
        QByteArray value; ///< without surrounding white space
    };

    enum class Body { None, Length, Chunked };

    QByteArray method;
    QByteArray path; ///< percent-encoded as sent, "*" for OPTIONS of the server; never empty
    QByteArray query; ///< percent-encoded as sent, with its "?"; empty if there is none
    QByteArray host; ///< from an absolute-form target, otherwise the Host field
    int minorVersion = 1; ///< of HTTP/1.x: 0 or 1
    QList<Field> fields;

    Body body = Body::None;
    qint64 contentLength = 0; ///< with Body::Length
    bool keepAlive = true; ///< requested by the client
    bool expectContinue = false;

    /// The value of the field if it occurs exactly once; empty if it is absent or repeated.
    QByteArray single(QByteArrayView name) const;
    /// The first value of the field; empty if it is absent.
    QByteArray first(QByteArrayView name) const;
    /// All Cookie fields joined into one (RFC 9113 section 8.2.3).
    QByteArray cookies() const;
    int count(QByteArrayView name) const;
    /// The elements of a list field (RFC 9110 section 5.6.1), over all its lines, in order.
    QByteArrayList list(QByteArrayView name) const;
    /// Whether one of the list's elements is this token, ignoring case.
    bool lists(QByteArrayView name, QByteArrayView token) const;
};

/// `path` without trailing slashes; "/" itself is kept.
QByteArrayView withoutTrailingSlash(QByteArrayView path);

} // namespace rookery::net
