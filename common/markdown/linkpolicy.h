// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QUrl>

namespace rookery {

/// What a click on a link does. The target comes from other users, so the rules are narrow: only a browser is
/// ever started (see the advisory OnionShare GHSA-ch22-x2v3-v6vq).
enum class LinkAction {
    Refuse, ///< not a link: shown as plain text
    Open, ///< http(s), and the text shows the target
    Ask, ///< http(s), but the user should see the real target first; LinkVerdict::reason says why
    CopyAddress, ///< mailto: the address goes to the clipboard, no program is started
};

struct LinkVerdict
{
    LinkAction action = LinkAction::Refuse;
    QString target; ///< as it would be opened: percent-encoded, host in ASCII; the bare address for mailto
    QString reason; ///< a sentence, with Ask
};

/// The URL if it is allowed as a link: http or https with a host, or mailto with an address; at most 2,048
/// characters, without invisible ones. Otherwise an invalid QUrl.
QUrl linkUrl(const QString &address);

/// The verdict on a click on `url`, shown as `visibleText`.
LinkVerdict judgeLink(const QUrl &url, const QString &visibleText);

} // namespace rookery
