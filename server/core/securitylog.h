// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>

namespace rookery::core {

/// Events that an operator looks for after an attack.
enum class SecurityEvent {
    LogInFailed,
    LoggedIn,
    RateLimited,
    Registered,
    PasswordChanged,
    SessionRevoked,
    Invited,
    RoleChanged,
    MemberRemoved,
    MemberBanned,
    BanLifted,
    MessageDeleted, ///< of somebody else
    RoomChanged,
};

/// One line of the log for each, `category=security event=… account=… network=… detail=…`, as a warning where
/// something was refused, else as information. Of many refusals of one kind and network the first ten in a
/// minute have lines of their own; the others are one line with their number (RefusalCounter). Text of
/// strangers is quoted and escaped, so that it can neither add a line nor a field. Never pass a secret: no
/// password, token or cookie, nor a name that is not known to be one, since people type passwords there.
/// Thread-safe.
void logSecurity(
    SecurityEvent event, const QString &account, const QString &network, const QString &detail = {});

/// The same for a refusal whose account must be looked up first. `lookUp` is called with a callback for the
/// account, and only if the refusal gets a line.
void logRefusal(SecurityEvent event, const QString &network, const QString &detail,
    const std::function<void(std::function<void(const QString &account)> write)> &lookUp);

/// Writes the sums of refusals that are due. Must be called regularly. Thread-safe.
void logCountedRefusals();

/// The line, without writing it.
QString securityLine(
    SecurityEvent event, const QString &account, const QString &network, const QString &detail);

} // namespace rookery::core
