// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/markdown/linkpolicy.h"

#include <QCoreApplication>

#include <algorithm>

namespace rookery {

namespace {

QString say(const char *sentence)
{
    return QCoreApplication::translate("LinkPolicy", sentence);
}

bool hasOddCharacter(const QString &text)
{
    return std::any_of(text.cbegin(), text.cend(), [](QChar c) {
        return c.isSpace() || c.category() == QChar::Other_Control || c.category() == QChar::Other_Format
            || c == QLatin1Char('\\');
    });
}

/// Numbers in any base, which browsers parse as IPv4 addresses: 127.0.0.1, 2130706433, 0x7f000001.
bool looksNumeric(const QString &host)
{
    const QString last = host.section(QLatin1Char('.'), -1, -1, QString::SectionSkipEmpty);
    if (last.isEmpty())
        return false;
    if (std::all_of(last.cbegin(), last.cend(), [](QChar c) { return c.isDigit(); }))
        return true;
    bool hex = false;
    if (last.startsWith(QLatin1String("0x"), Qt::CaseInsensitive))
        last.mid(2).toULongLong(&hex, 16);
    return hex;
}

bool saysWhere(const QString &visibleText, const QString &address)
{
    const auto withoutSlash = [](QString text) {
        while (text.endsWith(QLatin1Char('/')))
            text.chop(1);
        return text;
    };
    const QString shown = withoutSlash(visibleText);
    const QString target = withoutSlash(address);
    // The scheme may be omitted, but not differ.
    return shown == target || shown == target.mid(target.indexOf(QLatin1String("//")) + 2);
}

} // namespace

QUrl linkUrl(const QString &address)
{
    if (address.isEmpty() || address.size() > 2048 || hasOddCharacter(address))
        return {};
    const QUrl url(address, QUrl::TolerantMode);
    if (!url.isValid())
        return {};
    const QString scheme = url.scheme();
    if (scheme == QLatin1String("mailto")) {
        const QString path = url.path();
        return path.contains(QLatin1Char('@')) && url.host().isEmpty() ? url : QUrl();
    }
    if ((scheme == QLatin1String("http") || scheme == QLatin1String("https")) && !url.host().isEmpty())
        return url;
    return {};
}

LinkVerdict judgeLink(const QUrl &url, const QString &visibleText)
{
    const QString address = url.toString(QUrl::FullyEncoded);
    if (!linkUrl(address).isValid())
        return {};
    if (url.scheme() == QLatin1String("mailto"))
        return {LinkAction::CopyAddress, url.path(QUrl::FullyDecoded), {}};

    LinkVerdict verdict{LinkAction::Ask, address, {}};
    const QString host = url.host(QUrl::FullyEncoded);
    const bool international = host.contains(QLatin1String("xn--"), Qt::CaseInsensitive)
        || std::any_of(host.cbegin(), host.cend(), [](QChar c) { return c.unicode() > 127; });
    if (!url.userInfo().isEmpty()
        || address.section(QLatin1String("//"), 1)
               .section(QLatin1Char('/'), 0, 0)
               .contains(QLatin1Char('@'))) {
        verdict.reason = say("The address carries a user name, which can make it look like another site.");
    } else if (international) {
        verdict.reason = say("The site's name has letters that can look like others.");
    } else if (host.contains(QLatin1Char(':')) || looksNumeric(host)) {
        verdict.reason = say("The address is a bare number, not the name of a site.");
    } else if (!saysWhere(visibleText, address)
        && !saysWhere(visibleText, url.toString(QUrl::PrettyDecoded))) {
        verdict.reason = say("The text of the link does not show where it leads.");
    } else {
        verdict.action = LinkAction::Open;
    }
    return verdict;
}

} // namespace rookery
