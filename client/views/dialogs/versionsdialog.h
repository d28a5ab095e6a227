// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/messageversion.h"

#include <QDialog>

class QLabel;
class QPushButton;
class QTextEdit;

namespace rookery::client {

/// The texts that a message had, the newest first; earlier ones are read page by page.
class VersionsDialog : public QDialog
{
    Q_OBJECT
public:
    /// Of all texts shown at once. Past it the newer ones go as earlier ones come.
    static constexpr qsizetype mostCharacters = 1'000'000;

    explicit VersionsDialog(QWidget *parent);

    /// Asks for the next page, the newest texts first; nothing while one is on its way.
    void load();
    /// The answers to pageWanted().
    void showPage(const VersionPage &page);
    void showError(const QString &sentence);
    /// The message has been deleted, or its room lost: its texts are gone from here, too, and no others come.
    void showGone(const QString &why);

    QString text() const;
    /// The words above the texts.
    QString state() const;
    /// Loads earlier texts, or tries again.
    QPushButton *moreButton() const { return m_more; }

Q_SIGNALS:
    /// `before` as in Chat::findVersions().
    void pageWanted(qint64 before);

private:
    void add(const VersionPage &page);
    void review();

    QLabel *m_state;
    QTextEdit *m_text;
    QPushButton *m_more;
    QPushButton *m_close;
    QString m_problem;
    qint64 m_next = 0; ///< place of the next page; 0: there is none
    qsizetype m_characters = 0; ///< that are shown
    int m_shown = 0; ///< texts
    bool m_isCut = false; ///< the newest texts are not shown any more
    bool m_isKnown = false; ///< the first page has come
    bool m_isLoading = false;
    QString m_gone; ///< why there are no texts any more
};

} // namespace rookery::client
