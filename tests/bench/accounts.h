// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/endpoint.h"

#include <QString>

#include <string>
#include <vector>

namespace rookery::bench {

/// Registers `count` users with names of this run and logs them in, over /api/v1; returns their tokens. Takes
/// about 50 ms of the server's CPU per user because of argon2. Throws Failure.
std::vector<std::string> makeUsers(const load::Endpoint &endpoint, std::uint32_t run, int count);

/// Creates public rooms with names of this run; returns their ids.
std::vector<std::string> makeRooms(
    const load::Endpoint &endpoint, const std::string &token, std::uint32_t run, int count);

/// Creates a room of that name unless it exists.
void makeRoom(const load::Endpoint &endpoint, const std::string &token, const QString &name);

/// The name of a room of this run, for the dialects that create rooms by naming them.
std::string roomName(std::uint32_t run, int number);

} // namespace rookery::bench
