// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/securitylog.h"

#include "common/text.h"
#include "server/core/refusalcounter.h"

#include <QLoggingCategory>

namespace rookery::core {

Q_LOGGING_CATEGORY(lcSecurity, "rookery.security")

namespace {

constexpr qsizetype longestValue = 200;

QLatin1String nameOf(SecurityEvent event)
{
    switch (event) {
    case SecurityEvent::LogInFailed:
        return QLatin1String("login_failed");
    case SecurityEvent::LoggedIn:
        return QLatin1String("login");
    case SecurityEvent::RateLimited:
        return QLatin1String("rate_limited");
    case SecurityEvent::Registered:
        return QLatin1String("registered");
    case SecurityEvent::PasswordChanged:
        return QLatin1String("password_changed");
    case SecurityEvent::SessionRevoked:
        return QLatin1String("session_revoked");
    case SecurityEvent::Invited:
        return QLatin1String("invited");
    case SecurityEvent::RoleChanged:
        return QLatin1String("role_changed");
    case SecurityEvent::MemberRemoved:
        return QLatin1String("member_removed");
    case SecurityEvent::MemberBanned:
        return QLatin1String("member_banned");
    case SecurityEvent::BanLifted:
        return QLatin1String("ban_lifted");
    case SecurityEvent::MessageDeleted:
        return QLatin1String("message_deleted");
    case SecurityEvent::RoomChanged:
        return QLatin1String("room_changed");
    }
    Q_UNREACHABLE();
}

/// In quotes, with everything escaped that a terminal or a reader of lines could take for more than text.
QString quoted(const QString &value)
{
    QString result(u'"');
    for (const char32_t c : text::cut(value, longestValue).toUcs4()) {
        if (c == U'"' || c == U'\\')
            result += QLatin1Char('\\') + QChar(char16_t(c));
        else if (QChar::isPrint(c))
            result += QString::fromUcs4(&c, 1);
        else
            result += QStringLiteral("\\u{%1}").arg(uint(c), 0, 16);
    }
    return result + u'"';
}

RefusalCounter &refusals()
{
    static RefusalCounter counter;
    return counter;
}

/// Whether a refusal gets a line of its own.
bool isTold(SecurityEvent event, const QString &network, const QString &detail)
{
    logCountedRefusals();
    return refusals().tells(event, network, event == SecurityEvent::RateLimited ? detail : QString());
}

} // namespace

void logCountedRefusals()
{
    const auto sums = refusals().takeSums();
    for (const RefusalCounter::Sum &sum : sums) {
        QString detail = QStringLiteral("%1 more within a minute").arg(sum.count);
        if (!sum.kind.isEmpty())
            detail.prepend(sum.kind + QStringLiteral(": "));
        qCWarning(lcSecurity, "%s", qUtf8Printable(securityLine(sum.event, {}, sum.network, detail)));
    }
}

QString securityLine(
    SecurityEvent event, const QString &account, const QString &network, const QString &detail)
{
    QString line = QStringLiteral("category=security event=") + nameOf(event) + QStringLiteral(" account=")
        + quoted(account) + QStringLiteral(" network=") + quoted(network);
    if (!detail.isEmpty())
        line += QStringLiteral(" detail=") + quoted(detail);
    return line;
}

void logSecurity(SecurityEvent event, const QString &account, const QString &network, const QString &detail)
{
    const bool refused = event == SecurityEvent::LogInFailed || event == SecurityEvent::RateLimited;
    if (refused && !isTold(event, network, detail))
        return;
    const QString line = securityLine(event, account, network, detail);
    if (refused)
        qCWarning(lcSecurity, "%s", qUtf8Printable(line));
    else
        qCInfo(lcSecurity, "%s", qUtf8Printable(line));
}

void logRefusal(SecurityEvent event, const QString &network, const QString &detail,
    const std::function<void(std::function<void(const QString &account)> write)> &lookUp)
{
    if (!isTold(event, network, detail))
        return;
    lookUp([event, network, detail](const QString &account) {
        qCWarning(lcSecurity, "%s", qUtf8Printable(securityLine(event, account, network, detail)));
    });
}

} // namespace rookery::core
