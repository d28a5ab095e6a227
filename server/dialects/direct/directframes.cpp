// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/direct/directframes.h"

#include "common/jsonreader.h"
#include "server/dialects/drafts.h"
#include "server/dialects/spelling.h"

namespace rookery::ws::directframes {

Result<DirectDraft> parse(const QByteArray &utf8)
{
    const auto json = JsonReader::parse(utf8);
    if (!json)
        return json.error();
    return dialects::readDirectDraft(*json, spelling::directFields);
}

QByteArray directMessage(const core::Broadcast &broadcast)
{
    return spelling::frameOf(spelling::direct, broadcast);
}

} // namespace rookery::ws::directframes
