// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/problems/problem.h"

#include <QMetaEnum>

#include <algorithm>

namespace rookery::client {

namespace {

const QLatin1String notInRoom("not_in_room");

/// Whether it is the text of a code, not a sentence.
bool isCode(const QString &text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [](QChar c) {
        return (c >= u'a' && c <= u'z') || c == u'_';
    });
}

} // namespace

Problem Problem::typed(Kind kind, const QString &field, const QString &detail)
{
    Problem problem(kind, detail);
    problem.code = ErrorCode::InvalidField;
    problem.field = field;
    return problem;
}

Problem Problem::ofServer(Kind kind, const QString &server, const QString &detail)
{
    Problem problem(kind, detail);
    problem.field = QStringLiteral("server");
    problem.server = server;
    return problem;
}

Problem Problem::ofCertificate(const CertificateProblem &certificate)
{
    Problem problem = ofServer(BadCertificate, certificate.server);
    problem.certificate = std::make_shared<const CertificateProblem>(certificate);
    return problem;
}

Problem Problem::closed(quint16 code)
{
    Problem problem(Closed);
    problem.number = code;
    return problem;
}

Problem Problem::ofFile(Kind kind, const QString &path, qint64 number, const QString &detail)
{
    Problem problem(kind, detail);
    problem.path = path;
    problem.number = number;
    return problem;
}

QString Problem::name() const
{
    QString text = QLatin1String(QMetaEnum::fromType<Kind>().valueToKey(kind));
    if (kind == Closed)
        text += u' ' + QString::number(number);
    if (kind == Refused)
        text += u' ' + codeText(code);
    return detail.isEmpty() ? text : text + QLatin1String(": ") + detail;
}

QString SendFailure::toText() const
{
    switch (kind) {
    case None:
        return {};
    case Refused: {
        const QString text = codeText(code);
        return detail.isEmpty() ? text : text + u'\n' + detail;
    }
    case NotInRoom:
        return notInRoom;
    case Sentence:
        return detail;
    }
    return {};
}

SendFailure SendFailure::fromText(const QString &text)
{
    if (text.isEmpty())
        return {};
    const QString code = text.section(u'\n', 0, 0);
    if (code == notInRoom)
        return {NotInRoom};
    if (!isCode(code))
        return {Sentence, ErrorCode::Internal, text};
    return {Refused, codeFromText(code), text.section(u'\n', 1)};
}

} // namespace rookery::client
