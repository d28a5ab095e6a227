// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/ban.h"

#include <QWidget>

#include <memory>

class QLabel;
class QPushButton;

namespace rookery::client {

class BanModel;
class ListView;

/// Who is banned from a room, read page by page as one scrolls, with a button that lifts a ban.
class BanList : public QWidget
{
    Q_OBJECT
public:
    explicit BanList(QWidget *parent = nullptr);
    ~BanList() override;

    /// Asks for the list from its start; what is shown stays until the answer is there.
    void reload();
    /// Context of the requests since reload(): destroyed where their answers are not wanted any more.
    QObject *reading() const { return m_reading.get(); }
    /// The answers to pageWanted().
    void showPage(const QString &after, const BanPage &page);
    void showError(const QString &sentence);
    /// The answer to liftRequested(): why not, or nothing.
    void setLifted(const QString &userId, const QString &problem);
    /// Without a connection to the server nothing can be read or lifted.
    void setLive(bool live);

    ListView *list() const { return m_list; }
    QPushButton *liftButton() const { return m_lift; }
    QPushButton *retryButton() const { return m_retry; }
    /// What stands in place of the list or below it.
    QString state() const;

Q_SIGNALS:
    void pageWanted(const QString &after);
    void liftRequested(const QString &userId);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void lift();
    void review();

    BanModel *m_bans;
    QLabel *m_heading;
    ListView *m_list;
    QLabel *m_state;
    QPushButton *m_lift;
    QPushButton *m_retry;
    std::unique_ptr<QObject> m_reading;
    QString m_lifting; ///< id of the user whose ban is being lifted
    QString m_problem;
    bool m_isLoading = false;
    bool m_isUnread = false; ///< a page could not be read
    bool m_isKnown = false; ///< the first page has come
    bool m_isLive = true;
};

} // namespace rookery::client
