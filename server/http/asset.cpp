// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/asset.h"

#include <QCryptographicHash>

#include <algorithm>
#include <array>

namespace rookery::http {

namespace {

constexpr std::array<quint32, 256> crcTable = [] {
    std::array<quint32, 256> table{};
    for (quint32 i = 0; i < table.size(); ++i) {
        quint32 value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1) != 0 ? 0xedb88320U ^ (value >> 1) : value >> 1;
        table[i] = value;
    }
    return table;
}();

quint32 crc32(const QByteArray &bytes)
{
    quint32 crc = 0xffffffffU;
    for (const char c : bytes)
        crc = crcTable[(crc ^ quint8(c)) & 0xffU] ^ (crc >> 8);
    return ~crc;
}

QByteArray littleEndian(quint32 value)
{
    QByteArray bytes(4, '\0');
    for (int i = 0; i < 4; ++i)
        bytes[i] = char(quint8(value >> (8 * i)));
    return bytes;
}

/// Parses one element of Accept-Encoding, such as `gzip;q=0.5`.
bool isGzipAccepted(const QByteArray &element)
{
    const qsizetype semicolon = element.indexOf(';');
    const QByteArray coding = (semicolon < 0 ? element : element.first(semicolon)).trimmed().toLower();
    if (coding != "gzip" && coding != "x-gzip")
        return false;
    if (semicolon < 0)
        return true;
    const QByteArray weight = element.sliced(semicolon + 1).trimmed().toLower();
    return !weight.startsWith("q=") || weight.sliced(2).toDouble() > 0;
}

} // namespace

QByteArray gzip(const QByteArray &bytes)
{
    // qCompress() writes four bytes of its own, then a zlib stream (RFC 1950): a header of two bytes, the
    // deflated data, a checksum of four bytes. gzip needs the same deflated data between its own header and
    // checksum.
    constexpr int before = 4 + 2;
    constexpr int after = 4;
    constexpr int level = 6;
    const QByteArray compressed = qCompress(bytes, level);
    static const QByteArray head("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    return head + compressed.sliced(before, compressed.size() - before - after) + littleEndian(crc32(bytes))
        + littleEndian(quint32(bytes.size()));
}

Asset::Asset(QByteArray mediaType, const QByteArray &bytes, QByteArray cacheControl)
    : m_mediaType(std::move(mediaType))
    , m_cacheControl(std::move(cacheControl))
{
    const QByteArray hash = QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex().first(32);
    m_plain = {bytes, '"' + hash + '"'};
    if (QByteArray smaller = gzip(bytes); smaller.size() < bytes.size())
        m_compressed = {std::move(smaller), '"' + hash + "-gzip\""};
}

void Asset::answer(const Request &request, const ReplyPtr &reply, const Headers &more) const
{
    const bool compressed = !m_compressed.bytes.isEmpty()
        && std::ranges::any_of(request.fieldList("accept-encoding"), isGzipAccepted);
    const Copy &copy = compressed ? m_compressed : m_plain;
    Headers headers =
        Headers{{"Cache-Control", m_cacheControl}, {"ETag", copy.tag}, {"Vary", "Accept-Encoding"}} + more;
    const QByteArrayList known = request.fieldList("if-none-match");
    const bool isKnown = std::ranges::any_of(known,
        [&copy](const QByteArray &tag) { return tag == "*" || tag == copy.tag || tag == "W/" + copy.tag; });
    if (isKnown) {
        reply->notModified(headers);
        return;
    }
    if (compressed)
        headers.emplaceBack("Content-Encoding", "gzip");
    reply->content(m_mediaType, copy.bytes, headers);
}

} // namespace rookery::http
