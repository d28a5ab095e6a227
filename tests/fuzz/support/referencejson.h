// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QJsonObject>

/// RFC 8259, implemented as simply as possible: a reference for JsonReader::parse(), which uses Qt's parser.
namespace rookery::fuzz {

struct ReferenceJson
{
    bool valid = false; ///< one JSON object, in UTF-8, with at most a byte order mark before it
    bool doubled = false; ///< some object has a duplicate name
    bool huge = false; ///< some number does not fit into a double
    int depth = 0; ///< of the deepest array or object
    QJsonObject object;
};
ReferenceJson referenceJson(QByteArrayView text);

} // namespace rookery::fuzz
