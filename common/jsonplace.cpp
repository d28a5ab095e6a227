// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsonplace.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>

#include <algorithm>
#include <optional>
#include <vector>

namespace rookery::jsonplace {

namespace {

/// The index after the closing quote of the string that begins at `at`; the text's end if it is unterminated.
qsizetype endOfString(QByteArrayView utf8, qsizetype at)
{
    for (++at; at < utf8.size(); ++at) {
        if (utf8[at] == '\\')
            ++at;
        else if (utf8[at] == '"')
            return at + 1;
    }
    return utf8.size();
}

qsizetype skipSpace(QByteArrayView utf8, qsizetype at)
{
    while (at < utf8.size() && (utf8[at] == ' ' || utf8[at] == '\t' || utf8[at] == '\n' || utf8[at] == '\r'))
        ++at;
    return at;
}

/// Decodes a string with its quotes; nullopt if it is invalid.
std::optional<QString> decoded(QByteArrayView quoted)
{
    const QJsonDocument document = QJsonDocument::fromJson('[' + quoted.toByteArray() + ']');
    if (!document.isArray() || !document.array().at(0).isString())
        return std::nullopt;
    return document.array().at(0).toString();
}

QString sayable(const std::optional<QString> &name)
{
    if (!name || name->size() > longestName || !name->isValidUtf16() || name->contains(QChar(u'\0')))
        return {};
    return *name;
}

} // namespace

QString memberAt(QByteArrayView utf8, qsizetype offset)
{
    const qsizetype end = std::min(utf8.size(), offset);
    qsizetype depth = 0;
    QByteArrayView name; // of the outermost object's current member
    bool inValue = false;
    for (qsizetype at = 0; at < end;) {
        const char c = utf8[at];
        if (c == '"') {
            const qsizetype begin = at;
            at = endOfString(utf8, at);
            if (depth == 1 && !inValue)
                name = utf8.sliced(begin, at - begin);
            continue;
        }
        if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        } else if (depth == 1 && c == ':') {
            inValue = true;
        } else if (depth == 1 && c == ',') {
            inValue = false;
            name = {};
        }
        ++at;
    }
    return name.isEmpty() || depth < 1 ? QString() : sayable(decoded(name));
}

QString repeatedName(QByteArrayView utf8)
{
    // One set for each open object or array; those of arrays stay empty.
    std::vector<QSet<QString>> open;
    for (qsizetype at = 0; at < utf8.size();) {
        const char c = utf8[at];
        if (c == '"') {
            const qsizetype begin = at;
            at = endOfString(utf8, at);
            if (open.empty() || skipSpace(utf8, at) >= utf8.size() || utf8[skipSpace(utf8, at)] != ':')
                continue;
            const auto name = decoded(utf8.sliced(begin, at - begin));
            if (name && open.back().contains(*name))
                return sayable(name);
            if (name)
                open.back().insert(*name);
            continue;
        }
        if (c == '{' || c == '[')
            open.emplace_back();
        else if ((c == '}' || c == ']') && !open.empty())
            open.pop_back();
        ++at;
    }
    return {};
}

} // namespace rookery::jsonplace
