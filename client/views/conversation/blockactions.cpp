// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/conversation/blockactions.h"

#include "client/sentences/sentences.h"
#include "client/session/chat.h"
#include "client/views/dialogs/blockeddialog.h"
#include "client/views/widgets/question.h"
#include "common/printable.h"

#include <QMessageBox>
#include <QPushButton>

namespace rookery::client {

BlockActions::BlockActions(Chat *chat, QWidget *window)
    : QObject(window)
    , m_chat(chat)
    , m_window(window)
{ }

void BlockActions::block(const QString &user, const QString &name)
{
    const QString shown = printableLine(name);
    auto *question =
        plainQuestion(m_window, QMessageBox::Question, tr("Block somebody?"), tr("Block %1?").arg(shown),
            BlockedDialog::meaning()
                + tr(" Open invitations from %1 end. You can undo this under Blocked people in the menu.")
                      .arg(shown));
    QPushButton *yes = question->addButton(tr("&Block"), QMessageBox::AcceptRole);
    QPushButton *no = question->addButton(QMessageBox::Cancel);
    no->setText(tr("&Cancel"));
    question->setDefaultButton(no);
    question->setEscapeButton(no);
    connect(yes, &QPushButton::clicked, this, [this, user, shown] {
        m_chat->setBlocked(user, true, this, [this, shown](const Outcome<Nothing> &done) {
            Q_EMIT note(done ? tr("You have blocked %1. Blocked people, in the menu, undoes it.").arg(shown)
                             : inWords(done.error()));
        });
    });
    question->open();
}

void BlockActions::unblock(const QString &user, const QString &name)
{
    m_chat->setBlocked(user, false, this, [this, name](const Outcome<Nothing> &done) {
        Q_EMIT note(done ? tr("You have unblocked %1.").arg(printableLine(name)) : inWords(done.error()));
    });
}

void BlockActions::showList()
{
    auto *dialog = new BlockedDialog(m_chat->blocked(), m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &BlockedDialog::unblockRequested, this, [this, dialog](const QString &userId) {
        m_chat->setBlocked(userId, false, dialog, [dialog](const Outcome<Nothing> &done) {
            dialog->setAnswered(done ? QString() : inWords(done.error()));
        });
    });
    dialog->open();
}

} // namespace rookery::client
