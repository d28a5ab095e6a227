// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"
#include "common/messages.h"

#include <QDialog>
#include <QTimer>

class QCheckBox;
class QLabel;
class QListWidget;
class QPushButton;
class QTabWidget;

namespace rookery::client {

class FormField;

/// Finds a public room while one types, joins one by name, or creates one.
class JoinRoomDialog : public QDialog
{
    Q_OBJECT
public:
    /// `longestName` of a new room, in Unicode code points.
    explicit JoinRoomDialog(int longestName, QWidget *parent = nullptr);

    /// The answer to searchRequested(); an answer to an older query is ignored. `next` is the place of the next
    /// page, empty at the end.
    void showRooms(const QString &query, const QString &after, const QList<Room> &rooms, const QString &next);
    void showSearchError(const QString &query, const QString &sentence);
    /// The answer to joinRequested() or createRequested(), if it is not accept().
    void showError(const Problem &problem);

    FormField *search() const { return m_search; }
    FormField *name() const { return m_name; }
    QListWidget *results() const { return m_results; }
    QCheckBox *privateBox() const { return m_private; }
    QPushButton *joinButton() const { return m_join; }
    QPushButton *createButton() const { return m_create; }
    QTabWidget *tabs() const { return m_tabs; }

Q_SIGNALS:
    /// `after` is empty, or `next` of the page that is shown.
    void searchRequested(const QString &query, const QString &after);
    void joinRequested(const QString &name);
    void createRequested(const QString &name, bool isPrivate);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void ask();
    /// The next page, when one has scrolled to the end.
    void askForMore();
    void join();
    void create();
    void setBusy(bool busy);
    void review();

    QTabWidget *m_tabs;
    FormField *m_search;
    QListWidget *m_results;
    QLabel *m_hint;
    QPushButton *m_join;
    FormField *m_name;
    QCheckBox *m_private;
    QPushButton *m_create;
    QTimer m_typing;
    QString m_query;
    QString m_next; ///< place of the next page; empty: there is none
    bool m_isAsking = false; ///< for the next page
    bool m_busy = false;
};

} // namespace rookery::client
