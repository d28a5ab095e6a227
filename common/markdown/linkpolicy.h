// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QUrl>

namespace rookery {

/// What a click on a link does. Text from others decides where a link leads, so the rules are narrow:
/// a browser is the only thing that is ever started (the advisory OnionShare GHSA-ch22-x2v3-v6vq shows why).
enum class LinkAction {
    Refuse, ///< not a link at all: shown as the text it is
    Open, ///< http(s), and it says where it goes
    Ask, ///< http(s), but the person should see the real target first; LinkVerdict::reason says why
    CopyAddress, ///< mailto: the address goes to the clipboard, no program is started
};

struct LinkVerdict
{
    LinkAction action = LinkAction::Refuse;
    QString target; ///< as it would be opened: percent-encoded, host in ASCII; the bare address for mailto
    QString reason; ///< a sentence, with Ask
};

/// The address if it may be a link: http or https with a host, or mailto with an address; at most 2,048
/// characters, nothing invisible in it. An invalid QUrl otherwise.
QUrl linkUrl(const QString &address);

/// What a click on `url`, shown as `visibleText`, may do.
LinkVerdict judgeLink(const QUrl &url, const QString &visibleText);

} // namespace rookery
