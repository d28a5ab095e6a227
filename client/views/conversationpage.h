#pragma once

#include <QPointer>
#include <QWidget>

class QLabel;
class QMenu;
class QSplitter;
class QToolButton;

namespace rookery::client {

class Chat;
class Composer;
class LinkBanner;
class LinkOpener;
class MemberListView;
class NoticeBar;
class QuickSwitcher;
class RoomActions;
class RoomListView;
class Settings;
class TimelineView;

/// Everything one sees while logged in: rooms, the messages of one of them, who is there. Puts the parts
/// together; each of them knows only what it shows.
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

    void focusComposer();
    void showKeys();
    void saveState();

    RoomListView *rooms() const { return m_rooms; }
    TimelineView *timeline() const { return m_timeline; }
    Composer *composer() const { return m_composer; }
    MemberListView *members() const { return m_members; }
    LinkBanner *banner() const { return m_banner; }
    NoticeBar *notice() const { return m_notice; }
    LinkOpener *linkOpener() const { return m_opener; }
    RoomActions *actions() const { return m_actions; }
    /// nullptr while it is closed.
    QuickSwitcher *switcher() const;
    QToolButton *membersButton() const { return m_membersButton; }

Q_SIGNALS:
    void titleChanged();
    void logInAgain();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void build(QMenu *menu);
    void wire();
    void addKeys();
    /// If there is none that is shown; `gone` is one that may still be listed.
    void chooseFirstRoom(const QString &gone = {});
    void onRoomsAdded();
    void step(int by, bool unreadOnly);
    void switchRoom();
    void cycleParts(int by);
    void updateHeader();
    void updateLink();
    bool hasRoomForMembers() const;
    void updateParts();
    void send(const QString &roomId, const QString &text);

    Chat *m_chat;
    Settings *m_settings;
    QString m_room;
    QString m_wanted; ///< to be shown as soon as it is in the list
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
    QLabel *m_subtitle;
    QLabel *m_empty;
    QToolButton *m_sideButton;
    QToolButton *m_membersButton;
    RoomActions *m_actions;
    LinkOpener *m_opener;
    QPointer<QuickSwitcher> m_switcher;
};

} // namespace rookery::client
