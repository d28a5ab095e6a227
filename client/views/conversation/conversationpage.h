// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QWidget>

class QLabel;
class QMenu;
class QSplitter;
class QToolButton;

namespace rookery::client {

class BlockActions;
class Chat;
class Composer;
class LinkBanner;
class LinkOpener;
class MessageActions;
class MemberListView;
class NoticeBar;
class PersonWatch;
class QuickSwitcher;
class RoomActions;
class RoomListView;
class Settings;
class TimelineView;

/// The page of a log-in: the rooms, and the messages and members of one of them. Connects the parts; each of
/// them knows only what it shows.
class ConversationPage : public QWidget
{
    Q_OBJECT
public:
    /// Neither is owned; both outlive the page. `menu` is what the account button opens.
    ConversationPage(Chat *chat, Settings *settings, QMenu *menu, QWidget *parent = nullptr);
    ~ConversationPage() override;

    QString currentRoom() const { return m_room; }
    void showRoom(const QString &roomId);
    /// Whether somebody looks at the window; messages count as unread otherwise.
    void setLooking(bool looking);
    /// For the window's title: the room's name, and how many messages are unread in all rooms.
    QString title() const;
    int unread() const;

    /// Whether a person has typed or clicked here.
    bool isInUse() const { return m_inUse; }

    void focusComposer();
    void showKeys();
    void showBlocked();
    void saveState();

    RoomListView *rooms() const { return m_rooms; }
    TimelineView *timeline() const { return m_timeline; }
    Composer *composer() const { return m_composer; }
    MemberListView *members() const { return m_members; }
    LinkBanner *banner() const { return m_banner; }
    NoticeBar *notice() const { return m_notice; }
    LinkOpener *linkOpener() const { return m_opener; }
    RoomActions *actions() const { return m_actions; }
    MessageActions *messages() const { return m_messages; }
    /// nullptr while it is closed.
    QuickSwitcher *switcher() const;
    QToolButton *membersButton() const { return m_membersButton; }
    /// Shown in place of the messages if no room is open, or the user is no longer in it.
    QLabel *emptyLabel() const { return m_empty; }

Q_SIGNALS:
    void titleChanged();
    void logInAgain();
    void certificateWanted();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void build(QMenu *menu);
    void wire();
    void addKeys();
    /// Shows the first room if none is shown. Apart from that only the person changes the room.
    void chooseFirstRoom();
    void onRoomsAdded();
    /// A room that was asked for, unless the person has gone on meanwhile.
    void openAnswered(const QString &roomId, const QString &sentence);
    void step(int by, bool unreadOnly);
    void switchRoom();
    void cycleParts(int by);
    /// The line above what is unread, and whether all of it is in sight.
    void markUnread();
    /// Counts as read what arrives here, once what was unread has been seen.
    void follow();
    /// The user is no longer in the room that is shown: it stays, closed, with what was being written.
    void setGone(bool gone);
    void updateHeader();
    void updateLink();
    bool hasRoomForMembers() const;
    void updateParts();
    void send(const QString &roomId, const QString &text);

    Chat *m_chat;
    Settings *m_settings;
    QString m_room;
    QString m_roomTitle; ///< the last that was known
    bool m_isGone = false; ///< the user is no longer in the room
    quint64 m_askedAt = 0; ///< what m_person had counted when a room was asked for
    QString m_offered; ///< the room that the notice offers to open, while it does
    QString m_wanted; ///< to be shown as soon as it is in the list
    bool m_inUse = false;
    bool m_looking = true;
    bool m_membersInstead = false; ///< the members, while there is no room for them beside the rooms
    bool m_sideShown = false; ///< the side bar, while there is no room for both

    QSplitter *m_splitter;
    QWidget *m_centre;
    RoomListView *m_rooms;
    MemberListView *m_members;
    LinkBanner *m_banner;
    NoticeBar *m_notice;
    TimelineView *m_timeline;
    Composer *m_composer;
    QLabel *m_title;
    QLabel *m_topic;
    QLabel *m_subtitle; ///< how many members there are
    QLabel *m_empty;
    QToolButton *m_sideButton;
    QToolButton *m_membersButton;
    RoomActions *m_actions;
    BlockActions *m_blocks;
    MessageActions *m_messages;
    LinkOpener *m_opener;
    PersonWatch *m_person;
    QPointer<QuickSwitcher> m_switcher;
};

} // namespace rookery::client
