// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QUrl>

#include <functional>

class QMessageBox;
class QWidget;

namespace rookery::client {

/// Does what judgeLink() allows with a link: opens the browser, asks first with the real target in sight, or
/// copies a mail address. The one place of the client that starts another program.
class LinkOpener : public QObject
{
    Q_OBJECT
public:
    /// Questions are asked on `window`, which owns the opener.
    explicit LinkOpener(QWidget *window);

    /// What opens an address, for tests; QDesktopServices::openUrl otherwise.
    std::function<void(const QUrl &)> launch;

    void activate(const QUrl &url, const QString &visibleText);
    /// The question that is being asked, or nullptr.
    QMessageBox *question() const;

Q_SIGNALS:
    /// What was done, where it is not seen otherwise.
    void note(const QString &sentence);

private:
    QWidget *m_window;
    QPointer<QMessageBox> m_question;
};

} // namespace rookery::client
