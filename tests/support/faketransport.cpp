// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/faketransport.h"

#include <QJsonDocument>

namespace rookery::client {

void FakeTransport::open(const QUrl &url, const QByteArray &token)
{
    m_url = url;
    m_token = token;
}

void FakeTransport::send(const QString &text)
{
    m_sent.append(frame(text));
    Q_EMIT sent();
}

void FakeTransport::say(const QJsonObject &json)
{
    Q_EMIT received(QString::fromUtf8(QJsonDocument(json).toJson(QJsonDocument::Compact)));
}

void FakeTransport::drop(quint16 code, const QString &sentence)
{
    // As it would come from a library that says it in its own words.
    Q_EMIT closed(code, client::Problem(Error{ErrorCode::Internal, sentence}));
}

QJsonObject FakeTransport::takeSent()
{
    return m_sent.isEmpty() ? QJsonObject() : m_sent.takeFirst();
}

QJsonObject FakeTransport::takeSent(const QString &type)
{
    for (qsizetype i = 0; i < m_sent.size(); ++i) {
        if (m_sent.at(i).value(QLatin1String("type")) == type)
            return m_sent.takeAt(i);
    }
    return {};
}

bool FakeTransport::hasSent(const QString &type) const
{
    for (const QJsonObject &each : m_sent) {
        if (each.value(QLatin1String("type")) == type)
            return true;
    }
    return false;
}

TransportFactory FakeWire::factory()
{
    return [this] {
        auto transport = std::make_unique<FakeTransport>();
        m_current = transport.get();
        ++m_attempts;
        return transport;
    };
}

QJsonObject frame(const char *json)
{
    return frame(QString::fromUtf8(json));
}

QJsonObject frame(const QString &json)
{
    QJsonParseError problem;
    const auto document = QJsonDocument::fromJson(json.toUtf8(), &problem);
    if (!document.isObject())
        qFatal("Not a frame: %ls", qUtf16Printable(json));
    return document.object();
}

} // namespace rookery::client
