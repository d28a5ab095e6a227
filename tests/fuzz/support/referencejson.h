// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QJsonObject>

/// RFC 8259 in the plainest words: a second opinion on JsonReader::parse(), whose work is Qt's parser's.
namespace rookery::fuzz {

struct ReferenceJson
{
    bool valid = false; ///< one JSON object, in UTF-8, with at most a byte order mark before it
    bool doubled = false; ///< some object has two members of one name
    bool huge = false; ///< some number does not fit into a double
    int depth = 0; ///< of the deepest array or object
    QJsonObject object;
};
ReferenceJson referenceJson(QByteArrayView text);

} // namespace rookery::fuzz
