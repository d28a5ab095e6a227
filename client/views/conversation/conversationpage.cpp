// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/conversation/conversationpage.h"

#include "client/sentences/sentences.h"
#include "client/session/chat.h"
#include "client/settings/settings.h"
#include "client/timeline/view/timelineview.h"
#include "client/views/conversation/blockactions.h"
#include "client/views/conversation/composer.h"
#include "client/views/conversation/invitationlistview.h"
#include "client/views/conversation/linkbanner.h"
#include "client/views/conversation/memberlistview.h"
#include "client/views/conversation/messageactions.h"
#include "client/views/conversation/personwatch.h"
#include "client/views/conversation/roomactions.h"
#include "client/views/conversation/roomlistview.h"
#include "client/views/dialogs/keysdialog.h"
#include "client/views/dialogs/quickswitcher.h"
#include "client/views/widgets/elidedlabel.h"
#include "client/views/widgets/glyphs.h"
#include "client/views/widgets/linkopener.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/noticebar.h"
#include "client/views/widgets/plaintext.h"
#include "common/printable.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMenu>
#include <QShortcut>
#include <QSignalBlocker>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>

namespace rookery::client {

ConversationPage::ConversationPage(Chat *chat, Settings *settings, QMenu *menu, QWidget *parent)
    : QWidget(parent)
    , m_chat(chat)
    , m_settings(settings)
    , m_splitter(new QSplitter(this))
    , m_centre(new QWidget)
    , m_rooms(new RoomListView)
    , m_members(new MemberListView)
    , m_banner(new LinkBanner)
    , m_notice(new NoticeBar)
    , m_timeline(new TimelineView)
    , m_composer(new Composer)
    , m_title(new ElidedLabel)
    , m_topic(new ElidedLabel)
    , m_subtitle(plainLabel(nullptr))
    , m_empty(plainLabel(nullptr, tr("Pick a room")))
    , m_sideButton(new QToolButton)
    , m_membersButton(new QToolButton)
    , m_actions(new RoomActions(chat, this))
    , m_blocks(new BlockActions(chat, this))
    , m_messages(new MessageActions(chat, m_composer, m_timeline, this))
    , m_opener(new LinkOpener(this))
    , m_person(new PersonWatch(this))
{
    build(menu);
    wire();
    addKeys();
    m_wanted = m_settings->lastRoom(m_chat->account().server.toString(), m_chat->account().user.name);
    updateLink();
    chooseFirstRoom();
}

ConversationPage::~ConversationPage()
{
    // The models belong to the session, which may outlive the page by a moment or not at all.
    m_timeline->setSource(nullptr);
    m_members->setModel(nullptr);
    m_rooms->setModel(nullptr);
    m_rooms->invitations()->setModel(nullptr);
}

void ConversationPage::build(QMenu *menu)
{
    const auto headerButton = [](QToolButton *button, Glyph glyph, const QString &name) {
        button->setIcon(glyphIcon(glyph));
        button->setAutoRaise(true);
        button->setCheckable(true);
        button->setFocusPolicy(Qt::StrongFocus);
        button->setAccessibleName(name);
        button->setToolTip(name);
    };
    headerButton(m_sideButton, Glyph::Rooms, tr("Rooms"));
    headerButton(m_membersButton, Glyph::Members, tr("Members"));
    m_sideButton->hide();
    m_membersButton->setChecked(m_settings->membersShown());

    scaleFont(m_title, 1.2, true);
    for (QLabel *label : {m_topic, m_subtitle}) {
        scaleFont(label, 0.9);
        label->setForegroundRole(QPalette::PlaceholderText);
    }
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    scaleFont(m_empty, 1.2);

    auto *titles = new QVBoxLayout;
    titles->setSpacing(0);
    titles->addWidget(m_title);
    auto *below = new QHBoxLayout;
    below->setSpacing(fontMetrics().averageCharWidth() * 2);
    below->addWidget(m_subtitle);
    below->addWidget(m_topic, 1);
    titles->addLayout(below);
    auto *header = new QHBoxLayout;
    header->setContentsMargins(16, 8, 8, 8);
    header->addWidget(m_sideButton);
    header->addLayout(titles, 1);
    header->addWidget(m_membersButton);
    auto *rule = new QFrame;
    rule->setFrameShape(QFrame::HLine);
    rule->setFrameShadow(QFrame::Plain);
    rule->setForegroundRole(QPalette::Mid);

    m_centre->setBackgroundRole(QPalette::Base);
    m_centre->setAutoFillBackground(true);
    auto *column = new QVBoxLayout(m_centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(header);
    column->addWidget(rule);
    column->addWidget(m_banner);
    column->addWidget(m_notice);
    column->addWidget(m_empty, 1);
    column->addWidget(m_timeline, 1);
    column->addWidget(m_composer);

    m_splitter->addWidget(m_rooms);
    m_splitter->addWidget(m_centre);
    m_splitter->addWidget(m_members);
    m_splitter->setHandleWidth(1);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setStretchFactor(0, 0);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setStretchFactor(2, 0);
    const int letter = fontMetrics().averageCharWidth();
    m_rooms->setMinimumWidth(letter * 20);
    m_members->setMinimumWidth(letter * 16);
    m_centre->setMinimumWidth(letter * 32);
    m_splitter->setSizes({letter * 34, letter * 100, letter * 28});
    if (const QByteArray state = m_settings->splitter(); !state.isEmpty())
        m_splitter->restoreState(state);
    m_splitter->setHandleWidth(1); // not that of an older style
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_splitter);

    m_rooms->setAccount(m_chat->account().user.name, menu);
    m_rooms->setModel(m_chat->rooms());
    m_rooms->invitations()->setModel(m_chat->invitations());
    m_rooms->setBlocked(m_chat->blocked());
    m_members->setBlocked(m_chat->blocked());
    m_members->setOwnId(m_chat->account().user.id);

    // The order of the eye: rooms, header, messages, input, members.
    setTabOrder(m_rooms->list(), m_rooms->invitations()->list());
    setTabOrder(m_rooms->invitations()->list(), m_sideButton);
    setTabOrder(m_sideButton, m_membersButton);
    setTabOrder(m_membersButton, m_banner->button());
    setTabOrder(m_banner->button(), m_timeline);
    setTabOrder(m_timeline, m_composer->edit());
    setTabOrder(m_composer->edit(), m_composer->sendButton());
    setTabOrder(m_composer->sendButton(), m_members->list());
}

void ConversationPage::wire()
{
    m_composer->setDrafts(m_chat->drafts());
    connect(m_rooms, &RoomListView::roomChosen, this, &ConversationPage::showRoom);
    connect(m_rooms, &RoomListView::roomEntered, this, [this](const QString &id) {
        m_sideShown = false;
        updateParts();
        showRoom(id);
        focusComposer();
    });
    connect(m_rooms, &RoomListView::joinRequested, m_actions, &RoomActions::join);
    connect(m_rooms, &RoomListView::directRequested, m_actions, &RoomActions::askDirect);
    connect(m_rooms, &RoomListView::inviteRequested, m_actions, &RoomActions::invite);
    connect(m_rooms, &RoomListView::leaveRequested, m_actions, &RoomActions::leave);
    connect(m_rooms->invitations(), &InvitationListView::accepted, this, [this](const QString &id) {
        // Off the list, whose next row is not meant by the next key; and not to the room that is still shown.
        m_rooms->invitations()->list()->clearFocus();
        setFocus(Qt::OtherFocusReason);
        m_askedAt = m_person->count();
        m_actions->accept(id);
    });
    connect(m_rooms->invitations(), &InvitationListView::declined, m_actions, &RoomActions::decline);
    connect(m_rooms->invitations(), &InvitationListView::opened, m_chat, &Chat::refreshInvitations);
    connect(m_members, &MemberListView::directRequested, this, [this](const QString &name) {
        m_askedAt = m_person->count();
        m_actions->openDirect(name);
    });
    connect(m_members, &MemberListView::blockRequested, m_blocks, &BlockActions::block);
    connect(m_members, &MemberListView::unblockRequested, m_blocks, &BlockActions::unblock);
    connect(m_rooms, &RoomListView::blockRequested, m_blocks,
        [this](const QString &name) { m_blocks->block(name, name); });
    connect(m_rooms, &RoomListView::unblockRequested, m_blocks,
        [this](const QString &name) { m_blocks->unblock(name, name); });
    connect(m_blocks, &BlockActions::note, m_notice, &NoticeBar::say);
    connect(m_actions, &RoomActions::roomAnswered, this, &ConversationPage::openAnswered);
    connect(m_actions, &RoomActions::refused, this, [this](const QString &sentence) {
        m_notice->say(sentence);
        if (hasFocus())
            focusComposer(); // as it was before somebody accepted
    });
    connect(m_notice, &NoticeBar::taken, this, [this] {
        showRoom(QString(m_offered)); // a copy: showRoom() forgets the offer
        focusComposer();
    });
    connect(m_splitter, &QSplitter::splitterMoved, this,
        [this] { m_settings->setSplitter(m_splitter->saveState()); });
    connect(m_members, &MemberListView::countsChanged, this, &ConversationPage::updateHeader);
    connect(m_actions, &RoomActions::note, m_notice, &NoticeBar::say);
    connect(m_messages, &MessageActions::note, m_notice, &NoticeBar::say);
    connect(m_actions, &RoomActions::roomReady, this, [this](const QString &id) {
        showRoom(id);
        focusComposer();
    });
    connect(m_opener, &LinkOpener::note, m_notice, &NoticeBar::say);
    connect(m_notice, &NoticeBar::closed, this, &ConversationPage::focusComposer);
    connect(m_timeline, &TimelineView::linkActivated, m_opener, &LinkOpener::activate);
    connect(m_timeline, &TimelineView::unreadSeen, this, &ConversationPage::follow);
    connect(m_timeline, &TimelineView::typed, m_composer, &Composer::type);
    for (QObject *part : std::initializer_list<QObject *>{m_composer->edit(), m_composer->edit()->viewport(),
             m_timeline, m_timeline->viewport(), m_members->list(), m_members->list()->viewport()})
        part->installEventFilter(this);
    connect(m_composer, &Composer::draftChanged, m_chat, &Chat::saveDraft);
    connect(m_composer, &Composer::submitted, this, &ConversationPage::send);
    connect(m_composer, &Composer::pageRequested, m_timeline, &TimelineView::scrollByPages);
    connect(m_banner, &LinkBanner::tryNow, this, [this] { m_chat->reconnectNow(); });
    connect(m_banner, &LinkBanner::logInAgain, this, &ConversationPage::logInAgain);
    connect(m_banner, &LinkBanner::certificateWanted, this, &ConversationPage::certificateWanted);
    connect(m_chat, &Chat::linkStateChanged, this, &ConversationPage::updateLink);
    connect(m_chat, &Chat::roomChanged, this, &ConversationPage::updateHeader);
    connect(m_rooms, &RoomListView::settingsRequested, m_actions, &RoomActions::change);
    connect(m_members, &MemberListView::roleRequested, m_actions,
        [this](const QString &user, const QString &name, Role role) {
            m_actions->setRole(m_room, user, name, role);
        });
    connect(m_chat, &Chat::roomRemoved, this, [this](const QString &id) {
        if (id == m_offered && m_notice->isOffering())
            m_notice->say({}); // it is not true any more
        if (id == m_room)
            setGone(true);
    });
    connect(
        m_chat, &Chat::warned, m_notice, [this](const Warning &warning) { m_notice->say(inWords(warning)); });
    QAbstractItemModel *rooms = m_rooms->model();
    connect(rooms, &QAbstractItemModel::modelReset, this, &ConversationPage::onRoomsAdded);
    connect(rooms, &QAbstractItemModel::rowsInserted, this, &ConversationPage::onRoomsAdded);
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(rooms, signal, this, &ConversationPage::titleChanged);
    connect(rooms, &QAbstractItemModel::dataChanged, this, &ConversationPage::updateHeader);
    // Not clicked(): a screen reader toggles without a click.
    connect(m_membersButton, &QToolButton::toggled, this, [this](bool shown) {
        if (hasRoomForMembers())
            m_settings->setMembersShown(shown);
        else
            m_membersInstead = shown;
        m_sideShown = false;
        updateParts();
        if (m_membersInstead)
            m_members->list()->setFocus(Qt::TabFocusReason);
    });
    connect(m_sideButton, &QToolButton::toggled, this, [this](bool shown) {
        m_sideShown = shown;
        m_membersInstead = false;
        updateParts();
        if (shown)
            m_rooms->list()->setFocus(Qt::TabFocusReason);
    });
}

void ConversationPage::addKeys()
{
    const auto key = [this](const QKeySequence &keys, auto action) {
        connect(new QShortcut(keys, this), &QShortcut::activated, this, action);
    };
    key(QKeySequence(Qt::CTRL | Qt::Key_K), [this] { switchRoom(); });
    key(QKeySequence(Qt::ALT | Qt::Key_Up), [this] { step(-1, false); });
    key(QKeySequence(Qt::ALT | Qt::Key_Down), [this] { step(1, false); });
    key(QKeySequence(Qt::ALT | Qt::SHIFT | Qt::Key_Up), [this] { step(-1, true); });
    key(QKeySequence(Qt::ALT | Qt::SHIFT | Qt::Key_Down), [this] { step(1, true); });
    key(QKeySequence(Qt::CTRL | Qt::Key_N), [this] { m_actions->join(); });
    key(QKeySequence(Qt::CTRL | Qt::Key_D), [this] { m_actions->askDirect(); });
    key(QKeySequence(Qt::CTRL | Qt::Key_Slash), [this] { showKeys(); });
    key(QKeySequence(Qt::SHIFT | Qt::Key_PageUp), [this] { m_timeline->scrollToUnread(); });
    key(QKeySequence(Qt::Key_F6), [this] { cycleParts(1); });
    key(QKeySequence(Qt::SHIFT | Qt::Key_F6), [this] { cycleParts(-1); });
}

void ConversationPage::chooseFirstRoom()
{
    if (!m_wanted.isEmpty() && m_rooms->indexOf(m_wanted).isValid()) {
        showRoom(QString(m_wanted)); // a copy: showRoom() forgets the wish
        return;
    }
    if (!m_room.isEmpty())
        return;
    for (int row = 0; row < m_rooms->model()->rowCount(); ++row) {
        const QString id = m_rooms->model()->index(row, 0).data(Chat::RoomIdRole).toString();
        // Something to look at until the room of last time is known again.
        const QString wish = m_wanted;
        showRoom(id);
        m_wanted = wish;
        return;
    }
}

void ConversationPage::onRoomsAdded()
{
    if (m_isGone && m_rooms->indexOf(m_room).isValid())
        setGone(false);
    const bool first = m_room.isEmpty();
    chooseFirstRoom();
    // Until now there was nothing to write to, so the focus had to stay elsewhere.
    if (first && !m_room.isEmpty() && isActiveWindow())
        focusComposer();
}

void ConversationPage::showRoom(const QString &roomId)
{
    m_wanted.clear();
    if (roomId == m_room) {
        m_rooms->setCurrentRoom(roomId);
        return;
    }
    m_room = roomId;
    m_roomTitle.clear();
    m_isGone = false;
    m_notice->say({});
    m_rooms->setCurrentRoom(roomId);
    m_chat->setActiveRoom({});
    m_chat->setShownRoom(roomId);
    m_timeline->setSource(roomId.isEmpty() ? nullptr : m_chat->timeline(roomId));
    markUnread();
    m_members->setModel(roomId.isEmpty() ? nullptr : m_chat->members(roomId));
    m_messages->setRoom(roomId);
    updateHeader();
    if (!roomId.isEmpty()) {
        const Account &account = m_chat->account();
        m_settings->setLastRoom(account.server.toString(), account.user.name, roomId);
    }
}

void ConversationPage::openAnswered(const QString &roomId, const QString &sentence)
{
    if (m_person->count() != m_askedAt || QApplication::activeModalWidget()) {
        // Whoever has gone on, here or in another room, is not torn away from it.
        if (roomId != m_room) {
            m_notice->offer(sentence, tr("Open"));
            m_offered = roomId;
        }
        return;
    }
    showRoom(roomId);
    focusComposer();
}

void ConversationPage::setLooking(bool looking)
{
    if (looking == m_looking)
        return;
    m_looking = looking;
    if (looking) {
        m_chat->refreshInvitations();
        markUnread();
    } else {
        follow();
    }
}

void ConversationPage::markUnread()
{
    m_timeline->setUnread(m_rooms->indexOf(m_room).data(Chat::UnreadRole).toInt());
    follow();
}

void ConversationPage::follow()
{
    // What nobody has seen is not read, even if the end of it is on the screen.
    m_chat->setActiveRoom(m_looking && !m_isGone && m_timeline->isUnreadSeen() ? m_room : QString());
}

void ConversationPage::setGone(bool gone)
{
    if (gone == m_isGone)
        return;
    m_isGone = gone;
    // Before anything is hidden or switched off: the keyboard would go to whatever comes next, and with it
    // what is being typed. Here it goes nowhere.
    const QWidget *focus = window()->focusWidget();
    if (gone ? focus && m_centre->isAncestorOf(focus) : m_empty->hasFocus())
        setFocus(Qt::OtherFocusReason);
    m_composer->setClosed(gone);
    updateHeader();
    if (gone && hasFocus())
        m_empty->setFocus(Qt::OtherFocusReason); // so that a screen reader reads it
    if (gone)
        follow();
    else
        markUnread();
}

void ConversationPage::updateHeader()
{
    const bool some = !m_room.isEmpty();
    if (const QString title = some ? m_chat->roomTitle(m_room) : QString(); !title.isEmpty())
        m_roomTitle = printableLine(title); // kept for when the room is gone
    m_title->setText(m_roomTitle);
    m_composer->setRoom(m_room, m_roomTitle);
    m_members->setLive(m_chat->linkState() == LinkState::Connected);
    if (some && !m_timeline->isUnreadSeen() && !m_isGone
        && m_rooms->indexOf(m_room).data(Chat::UnreadRole).toInt() == 0)
        m_timeline->setUnreadSeen(); // read elsewhere
    const int members = m_members->memberCount();
    const QString all = tr("%n member(s)", nullptr, members);
    // Who is there now is not known without a server, and at a start who is there at all is not either.
    const bool isLive = m_chat->linkState() == LinkState::Connected;
    const QString who = m_isGone || (!isLive && members == 0) ? QString()
        : isLive ? tr("%1, %n online", nullptr, m_members->onlineCount()).arg(all)
                 : all;
    m_subtitle->setText(some ? who : QString());
    m_subtitle->setVisible(!m_subtitle->text().isEmpty()); // so that the topic stands where the name does
    m_topic->setText(some ? printableLine(m_chat->room(m_room).topic) : QString());
    m_members->setActor(m_chat->actor(m_room));
    m_empty->setText(!some ? tr("Pick a room") : inWords(m_chat->removal(m_room), m_roomTitle));
    m_empty->setVisible(!some || m_isGone);
    m_timeline->setVisible(some && !m_isGone);
    m_composer->setVisible(some && !(m_isGone && m_composer->isBlank()));
    updateParts();
    Q_EMIT titleChanged();
}

QString ConversationPage::title() const
{
    return m_title->text();
}

int ConversationPage::unread() const
{
    return m_rooms->unread();
}

void ConversationPage::updateLink()
{
    m_banner->setLink(m_chat->linkState(), m_chat->nextAttempt(), inWords(m_chat->linkProblem()),
        m_chat->certificateProblem().has_value());
    m_composer->setLongestMessage(m_chat->limits().messageCharacters);
    updateHeader();
}

bool ConversationPage::hasRoomForMembers() const
{
    return width() >= fontMetrics().averageCharWidth() * 124;
}

void ConversationPage::updateParts()
{
    // What there is room for: the messages always, then the rooms, then the members. In a narrow window the
    // members take the place of the rooms, and in a very narrow one either takes the place of the messages.
    const int letter = fontMetrics().averageCharWidth();
    const bool some = !m_room.isEmpty();
    const bool roomForSide = width() >= letter * 80;
    const bool roomForTwo = width() >= letter * 56;
    m_membersInstead = m_membersInstead && some && !hasRoomForMembers();
    const QSignalBlocker sideBlocker(m_sideButton);
    const QSignalBlocker membersBlocker(m_membersButton);
    m_sideButton->setVisible(!roomForSide);
    m_sideButton->setChecked(!roomForSide && m_sideShown);
    m_membersButton->setVisible(some && !m_isGone);
    m_membersButton->setChecked(hasRoomForMembers() ? m_settings->membersShown() : m_membersInstead);
    m_members->setVisible(some && !m_isGone && m_membersButton->isChecked());
    m_rooms->setVisible((roomForSide && !m_membersInstead) || m_sideShown || !some);
    m_centre->setVisible(roomForTwo || (!m_membersInstead && (roomForSide || !m_sideShown)));
}

void ConversationPage::send(const QString &roomId, const QString &text)
{
    Problem problem;
    if (m_chat->send(roomId, text, &problem)) {
        m_composer->accept();
        m_timeline->scrollToEnd();
    } else {
        m_composer->showProblem(problem ? inWords(problem) : tr("This cannot be sent."));
    }
}

void ConversationPage::step(int by, bool unreadOnly)
{
    const QString room = m_rooms->neighbour(by, unreadOnly);
    if (room.isEmpty())
        return;
    showRoom(room);
    focusComposer();
}

QuickSwitcher *ConversationPage::switcher() const
{
    return m_switcher;
}

void ConversationPage::switchRoom()
{
    if (m_switcher)
        return;
    m_switcher = new QuickSwitcher(m_chat->rooms(), this);
    m_switcher->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_switcher, &QuickSwitcher::chosen, this, [this](const QString &room) {
        showRoom(room);
        focusComposer();
    });
    m_switcher->open();
}

void ConversationPage::cycleParts(int by)
{
    const QList<QWidget *> parts{
        m_rooms->list(), m_rooms->invitations()->list(), m_timeline, m_composer->edit(), m_members->list()};
    qsizetype at = 0;
    for (qsizetype i = 0; i < parts.size(); ++i) {
        if (parts.at(i)->hasFocus())
            at = i;
    }
    for (qsizetype tries = 0; tries < parts.size(); ++tries) {
        at = (at + by + parts.size()) % parts.size();
        if (parts.at(at)->isVisible() && parts.at(at)->isEnabled()) {
            parts.at(at)->setFocus(Qt::TabFocusReason);
            return;
        }
    }
}

void ConversationPage::focusComposer()
{
    m_composer->edit()->setFocus(Qt::ShortcutFocusReason);
}

void ConversationPage::showKeys()
{
    auto *keys = new KeysDialog(this);
    keys->setAttribute(Qt::WA_DeleteOnClose);
    keys->open();
}

void ConversationPage::showBlocked()
{
    m_blocks->showList();
}

void ConversationPage::saveState()
{
    m_composer->saveDraft();
    m_settings->setSplitter(m_splitter->saveState());
}

void ConversationPage::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        m_notice->say({});
        m_sideShown = false;
        m_membersInstead = false;
        m_timeline->setUnreadSeen();
        updateParts();
        focusComposer();
        return;
    }
    QWidget::keyPressEvent(event);
}

bool ConversationPage::eventFilter(QObject *watched, QEvent *event)
{
    switch (event->type()) {
    case QEvent::KeyPress:
    case QEvent::InputMethod:
    case QEvent::MouseButtonPress:
    case QEvent::Wheel:
    case QEvent::Drop:
        m_wanted.clear(); // this room is in use: no other takes its place
        m_inUse = true;
        break;
    default:
        break;
    }
    return QWidget::eventFilter(watched, event);
}

void ConversationPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    updateParts();
}

} // namespace rookery::client
