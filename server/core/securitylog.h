#pragma once

#include <QString>

#include <optional>

namespace rookery::core {

/// What an operator wants to find again after an attack.
enum class SecurityEvent {
    LogInFailed,
    LoggedIn,
    RateLimited,
    Registered,
    PasswordChanged,
    SessionRevoked,
    Invited,
};

/// One line of the log for each, `category=security event=… account=… network=… detail=…`, as a warning where
/// something was refused, else as information. Of many refusals of one kind and network the first ten in a
/// minute have lines of their own; the others are one line with their number (RefusalCounter). Text of
/// strangers is quoted and escaped, so that it can neither add a line nor a field. Never pass a secret: no
/// password, token or cookie, nor a name that is not known to be one, since people type passwords there.
/// Thread-safe.
void logSecurity(
    SecurityEvent event, const QString &account, const QString &network, const QString &detail = {});

/// Writes the numbers of refusals that are due; somebody must call it now and then. Thread-safe.
void logCountedRefusals();

/// The line, without writing it.
QString securityLine(
    SecurityEvent event, const QString &account, const QString &network, const QString &detail);

} // namespace rookery::core
