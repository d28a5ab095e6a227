// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/percenttext.h"

#include <QStringDecoder>

namespace rookery::http {

std::optional<QString> percentText(const QByteArray &encoded)
{
    const QByteArray bytes = QByteArray::fromPercentEncoding(encoded);
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::ConvertInitialBom);
    QString text = decoder(bytes);
    if (text.toUtf8() != bytes)
        return std::nullopt;
    return text;
}

} // namespace rookery::http
