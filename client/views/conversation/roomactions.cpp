// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/conversation/roomactions.h"

#include "client/sentences/sentences.h"
#include "client/session/chat.h"
#include "client/views/dialogs/banlist.h"
#include "client/views/dialogs/joinroomdialog.h"
#include "client/views/dialogs/roomdialog.h"
#include "client/views/widgets/promptdialog.h"
#include "client/views/widgets/question.h"
#include "common/printable.h"

#include <QMessageBox>
#include <QPushButton>

namespace rookery::client {

RoomActions::RoomActions(Chat *chat, QWidget *window)
    : QObject(window)
    , m_chat(chat)
    , m_window(window)
{ }

void RoomActions::join()
{
    auto *dialog = new JoinRoomDialog(m_chat->limits().roomNameCharacters, m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &JoinRoomDialog::searchRequested, this,
        [this, dialog](const QString &query, const QString &after) {
            m_chat->findRooms(query, after, dialog, [dialog, query, after](const Outcome<RoomsFound> &found) {
                if (found)
                    dialog->showRooms(query, after, found->rooms, found->next);
                else
                    dialog->showSearchError(query, inWords(found.error()));
            });
        });
    const auto finish = [this, dialog](const Outcome<Room> &room) {
        if (!room) {
            dialog->showError(room.error());
            return;
        }
        dialog->accept();
        Q_EMIT roomReady(room->id);
    };
    connect(dialog, &JoinRoomDialog::joinRequested, this,
        [this, dialog, finish](const QString &name) { m_chat->joinRoom(name, dialog, finish); });
    connect(dialog, &JoinRoomDialog::createRequested, this,
        [this, dialog, finish](
            const QString &name, bool isPrivate) { m_chat->createRoom(name, isPrivate, dialog, finish); });
    dialog->open();
}

void RoomActions::askDirect()
{
    auto *dialog = new PromptDialog(tr("New direct message"), tr("&User name"), tr("&Open"), m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &PromptDialog::submitted, this, [this, dialog](const QString &name) {
        m_chat->openDirect(name, dialog, [this, dialog](const Outcome<Room> &room) {
            if (!room) {
                dialog->showError(inWords(room.error()));
                return;
            }
            dialog->accept();
            Q_EMIT roomReady(room->id);
        });
    });
    dialog->open();
}

void RoomActions::openDirect(const QString &userName)
{
    m_chat->openDirect(userName, this, [this, userName](const Outcome<Room> &room) {
        if (room)
            Q_EMIT roomAnswered(
                room->id, tr("The conversation with %1 can be opened.").arg(printableLine(userName)));
        else
            Q_EMIT refused(inWords(room.error()));
    });
}

void RoomActions::invite(const QString &roomId)
{
    auto *dialog = new PromptDialog(
        tr("Invite to %1").arg(m_chat->roomTitle(roomId)), tr("&User name"), tr("&Invite"), m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &PromptDialog::submitted, this, [this, dialog, roomId](const QString &name) {
        m_chat->invite(roomId, name, dialog, [this, dialog](const Outcome<Member> &member) {
            if (!member) {
                dialog->showError(inWords(member.error()));
                return;
            }
            dialog->accept();
            Q_EMIT note(member->isMember()
                    ? tr("%1 is in the room now.").arg(member->user.name)
                    : tr("Invited %1, who has to accept first.").arg(member->user.name));
        });
    });
    dialog->open();
}

void RoomActions::leave(const QString &roomId)
{
    auto *question = plainQuestion(m_window, QMessageBox::Question, tr("Leave the room?"),
        tr("Leave %1?").arg(m_chat->roomTitle(roomId)),
        tr("To come back to a private room you have to be invited by one of its members. When the last "
           "member "
           "leaves it, nobody can come back."));
    QPushButton *leaveButton = question->addButton(tr("&Leave"), QMessageBox::AcceptRole);
    QPushButton *stay = question->addButton(tr("&Stay"), QMessageBox::RejectRole);
    question->setDefaultButton(stay);
    question->setEscapeButton(stay);
    connect(leaveButton, &QPushButton::clicked, this, [this, roomId] {
        m_chat->leaveRoom(roomId, this, [this](const Outcome<Nothing> &left) {
            if (!left)
                Q_EMIT note(inWords(left.error()));
        });
    });
    question->open();
}

void RoomActions::change(const QString &roomId)
{
    const Room room = m_chat->room(roomId);
    const Actor actor = m_chat->actor(roomId);
    if (!may(actor, Action::SetTopic)) {
        Q_EMIT note(room.topic.isEmpty()
                ? tr("Owners and moderators can change the name and the topic of this room.")
                : tr("Topic: %1. Owners and moderators can change it.").arg(printableLine(room.topic)));
        return;
    }
    auto *dialog = new RoomDialog(room, may(actor, Action::SetName), m_chat->limits(), m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    fillBans(roomId, dialog->bans());
    connect(dialog, &RoomDialog::submitted, this,
        [this, dialog, roomId](const std::optional<QString> &name, const std::optional<QString> &topic) {
            m_chat->changeRoom(roomId, name, topic, dialog, [dialog](const Outcome<Room> &changed) {
                if (changed)
                    dialog->accept();
                else
                    dialog->showError(changed.error());
            });
        });
    dialog->open();
}

void RoomActions::fillBans(const QString &roomId, BanList *bans)
{
    connect(bans, &BanList::pageWanted, this, [this, roomId, bans](const QString &after) {
        m_chat->findBans(roomId, after, bans->reading(), [bans, after](const Outcome<BanPage> &page) {
            if (page)
                bans->showPage(after, *page);
            else
                bans->showError(inWords(page.error()));
        });
    });
    connect(bans, &BanList::liftRequested, this, [this, roomId, bans](const QString &userId) {
        m_chat->setRole(roomId, userId, Role::None, bans, [bans, userId](const Outcome<Nothing> &lifted) {
            // Not to be banned is what was wanted.
            const bool isDone = lifted || lifted.error().code == ErrorCode::NotFound;
            bans->setLifted(userId, isDone ? QString() : inWords(lifted.error()));
        });
    });
    connect(m_chat, &Chat::bansChanged, bans, [roomId, bans](const QString &changed) {
        if (changed == roomId)
            bans->reload();
    });
    connect(m_chat, &Chat::linkStateChanged, bans,
        [this, bans] { bans->setLive(m_chat->linkState() == LinkState::Connected); });
    bans->setLive(m_chat->linkState() == LinkState::Connected);
    bans->reload();
}

void RoomActions::setRole(const QString &roomId, const QString &userId, const QString &userName, Role role)
{
    const QString name = printableLine(userName);
    const auto set = [this, roomId, userId, role] {
        m_chat->setRole(roomId, userId, role, this, [this](const Outcome<Nothing> &done) {
            if (!done)
                Q_EMIT note(inWords(done.error()));
        });
    };
    if (role == Role::Member || role == Role::Moderator) {
        set();
        return;
    }
    auto *question = plainQuestion(m_window, QMessageBox::Question, tr("Are you sure?"),
        role == Role::Owner        ? tr("Make %1 an owner of this room?").arg(name)
            : role == Role::Banned ? tr("Ban %1 from this room?").arg(name)
                                   : tr("Remove %1 from this room?").arg(name),
        role == Role::Owner ? tr("Owners can do everything here, and take that right away from you, too.")
            : role == Role::Banned ? tr("They cannot come back until the ban is lifted.")
                                   : tr("They can come back, or be invited again."));
    QPushButton *yes = question->addButton(role == Role::Owner ? tr("&Make owner")
            : role == Role::Banned                             ? tr("&Ban")
                                                               : tr("&Remove"),
        QMessageBox::DestructiveRole);
    QPushButton *no = question->addButton(QMessageBox::Cancel);
    no->setText(tr("&Cancel"));
    question->setDefaultButton(no);
    question->setEscapeButton(no);
    connect(yes, &QPushButton::clicked, this, set);
    question->open();
}

void RoomActions::accept(const QString &roomId)
{
    m_chat->joinRoom(roomId, this, [this](const Outcome<Room> &room) {
        if (room)
            Q_EMIT roomAnswered(room->id, tr("You joined %1.").arg(printableLine(room->name)));
        else
            Q_EMIT refused(inWords(room.error()));
    });
}

void RoomActions::decline(const QString &roomId, const QString &inviter, bool block)
{
    m_chat->declineInvitation(roomId, block, this, [this, inviter, block](const Outcome<Nothing> &declined) {
        if (!declined)
            Q_EMIT note(inWords(declined.error()));
        else if (block)
            Q_EMIT note(tr("%1 cannot invite you any more.").arg(inviter));
    });
}

} // namespace rookery::client
