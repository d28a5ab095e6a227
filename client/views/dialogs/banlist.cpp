// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/dialogs/banlist.h"

#include "client/session/chat.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/plaintext.h"
#include "common/printable.h"

#include <QKeyEvent>
#include <QLocale>
#include <QPushButton>
#include <QSet>
#include <QStandardItemModel>
#include <QVBoxLayout>

#include <algorithm>

namespace rookery::client {

namespace {

/// More of them are not kept.
constexpr int mostRows = 10'000;

} // namespace

/// The bans that have been read. Asks for more as a view comes to its end.
class BanModel : public QStandardItemModel
{
public:
    explicit BanModel(BanList *list)
        : QStandardItemModel(list)
        , m_list(list)
    { }

    void setNext(const QString &next)
    {
        m_next = next;
        m_isAsking = false;
    }
    bool canFetchMore(const QModelIndex &parent) const override
    {
        return !parent.isValid() && !m_next.isEmpty() && !m_isAsking && rowCount() < mostRows;
    }
    void fetchMore(const QModelIndex &parent) override
    {
        if (!canFetchMore(parent))
            return;
        m_isAsking = true;
        Q_EMIT m_list->pageWanted(m_next);
    }
    void restart()
    {
        clear();
        m_ids.clear();
    }
    void add(const Ban &ban)
    {
        if (m_ids.contains(ban.user.id) || rowCount() >= mostRows)
            return;
        m_ids.insert(ban.user.id);
        auto *item =
            new QStandardItem(BanList::tr("%1 – banned by %2 on %3")
                                  .arg(printableLine(ban.user.name), printableLine(ban.by.name),
                                      QLocale().toString(ban.at.toLocalTime().date(), QLocale::ShortFormat)));
        item->setData(ban.user.id, Chat::UserIdRole);
        item->setEditable(false);
        appendRow(item);
    }
    int rowOf(const QString &userId) const
    {
        const QModelIndexList found = match(index(0, 0), Chat::UserIdRole, userId, 1, Qt::MatchExactly);
        return found.isEmpty() ? -1 : found.constFirst().row();
    }

private:
    BanList *m_list;
    QSet<QString> m_ids;
    QString m_next; ///< place of the next page; empty: there is none
    bool m_isAsking = false;
};

BanList::BanList(QWidget *parent)
    : QWidget(parent)
    , m_bans(new BanModel(this))
    , m_heading(plainLabel(this, tr("&Banned people")))
    , m_list(new ListView(this))
    , m_state(plainLabel(this))
    , m_lift(new QPushButton(tr("&Lift ban"), this))
    , m_retry(new QPushButton(tr("T&ry again"), this))
{
    m_heading->setBuddy(m_list);
    m_list->setModel(m_bans);
    m_list->setUniformItemSizes(true);
    m_list->setAccessibleName(tr("Banned people"));
    m_list->setFrameShape(QFrame::StyledPanel);
    m_list->setMinimumHeight(fontMetrics().height() * 5);
    m_list->installEventFilter(this);
    m_state->setWordWrap(true);
    auto *below = new QHBoxLayout;
    below->addWidget(m_state, 1);
    below->addWidget(m_retry);
    below->addWidget(m_lift);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_heading);
    layout->addWidget(m_list, 1);
    layout->addLayout(below);
    connect(m_lift, &QPushButton::clicked, this, &BanList::lift);
    connect(m_retry, &QPushButton::clicked, this, &BanList::reload);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &BanList::review);
    review();
}

BanList::~BanList() = default;

void BanList::reload()
{
    m_reading = std::make_unique<QObject>();
    m_problem.clear();
    m_isUnread = false;
    if (m_isLive) {
        m_isLoading = true;
        Q_EMIT pageWanted({});
    }
    review();
}

void BanList::showPage(const QString &after, const BanPage &page)
{
    m_isLoading = false;
    m_isKnown = true;
    m_isUnread = false;
    m_problem.clear();
    const QString current = m_list->currentIndex().data(Chat::UserIdRole).toString();
    if (after.isEmpty())
        m_bans->restart();
    for (const Ban &ban : page.bans)
        m_bans->add(ban);
    // A place that leads to itself is the end.
    m_bans->setNext(page.next == after ? QString() : page.next);
    if (after.isEmpty() && m_bans->rowCount() > 0)
        m_list->setCurrentIndex(m_bans->index(std::max(0, m_bans->rowOf(current)), 0));
    review();
}

void BanList::showError(const QString &sentence)
{
    m_isLoading = false;
    m_isUnread = true;
    m_problem = sentence;
    m_bans->setNext({}); // until it is tried again, from the start
    review();
}

void BanList::setLifted(const QString &userId, const QString &problem)
{
    m_lifting.clear();
    m_problem = problem;
    if (const int row = m_bans->rowOf(userId); problem.isEmpty() && row >= 0)
        m_bans->removeRow(row);
    review();
}

void BanList::setLive(bool live)
{
    if (live == m_isLive)
        return;
    m_isLive = live;
    m_isLoading = false;
    if (live)
        reload();
    else
        review();
}

QString BanList::state() const
{
    return m_state->text();
}

bool BanList::eventFilter(QObject *watched, QEvent *event)
{
    // Return would press the dialog's default button.
    if (watched == m_list && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Return || key == Qt::Key_Enter)
            return true;
    }
    return QWidget::eventFilter(watched, event);
}

void BanList::lift()
{
    const QModelIndex index = m_list->currentIndex();
    if (!index.isValid() || !m_lifting.isEmpty() || !m_isLive)
        return;
    m_lifting = index.data(Chat::UserIdRole).toString();
    m_problem.clear();
    review();
    Q_EMIT liftRequested(m_lifting);
}

void BanList::review()
{
    const bool isEmpty = m_bans->rowCount() == 0;
    const bool canLift = m_isLive && m_lifting.isEmpty() && m_list->currentIndex().isValid();
    const QString words = !m_isLive ? tr("There is no connection to the server.")
        : !m_problem.isEmpty()      ? m_problem
        : m_isLoading && isEmpty    ? tr("Loading…")
        : m_isKnown && isEmpty      ? tr("Nobody is banned from this room.")
                                    : QString();
    m_state->setText(words);
    m_state->setForegroundRole(
        m_isLive && m_problem.isEmpty() ? QPalette::PlaceholderText : QPalette::BrightText);
    m_list->setAccessibleDescription(words);
    // The focus has to be somewhere before what has it goes.
    const bool canRetry = m_isLive && m_isUnread;
    if ((!canLift && m_lift->hasFocus()) || (!canRetry && m_retry->hasFocus())
        || (isEmpty && m_list->hasFocus()))
        (isEmpty ? parentWidget() : m_list)->setFocus(Qt::OtherFocusReason);
    m_list->setVisible(!isEmpty);
    m_lift->setVisible(!isEmpty);
    m_lift->setEnabled(canLift);
    m_retry->setVisible(canRetry);
}

} // namespace rookery::client
