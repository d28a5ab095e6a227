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
/// something was refused, else as information. Text of strangers is quoted and escaped, so that it can
/// neither add a line nor a field. Never pass a secret: no password, token or
/// cookie, nor a name that is not known to be one, since people type passwords there. Thread-safe.
void logSecurity(
    SecurityEvent event, const QString &account, const QString &network, const QString &detail = {});

/// The line, without writing it.
QString securityLine(
    SecurityEvent event, const QString &account, const QString &network, const QString &detail);

} // namespace rookery::core
