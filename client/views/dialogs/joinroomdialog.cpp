// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/dialogs/joinroomdialog.h"

#include "client/sentences/sentences.h"
#include "client/views/widgets/formfield.h"
#include "client/views/widgets/glyphs.h"
#include "client/views/widgets/plaintext.h"
#include "client/views/widgets/screenfit.h"
#include "common/text.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QLineEdit>
#include <QListWidget>
#include <QMouseEvent>
#include <QPushButton>
#include <QScrollBar>
#include <QShowEvent>
#include <QTabWidget>
#include <QVBoxLayout>

namespace rookery::client {

namespace {

/// Whoever has seen so many has to search.
constexpr int mostFound = 5'000;

/// A click on no row leaves the highlight where it is: the button goes on naming that room.
class Results : public QListWidget
{
public:
    using QListWidget::QListWidget;

protected:
    void mousePressEvent(QMouseEvent *event) override
    {
        if (indexAt(event->position().toPoint()).isValid())
            QListWidget::mousePressEvent(event);
    }
};

} // namespace

JoinRoomDialog::JoinRoomDialog(int longestName, QWidget *parent)
    : QDialog(parent)
    , m_tabs(new QTabWidget(this))
    , m_search(new FormField(tr("Room &name"), this))
    , m_results(new Results(this))
    , m_hint(plainLabel(this))
    , m_join(new QPushButton(tr("&Join"), this))
    , m_name(new FormField(tr("&Name of the new room"), this))
    , m_private(new QCheckBox(tr("&Private: only people who are invited can see it"), this))
    , m_create(new QPushButton(tr("Cr&eate"), this))
{
    setWindowTitle(tr("Join or create a room"));
    m_name->setLongest(longestName);
    m_results->setAccessibleName(tr("Public rooms"));
    m_hint->setForegroundRole(QPalette::PlaceholderText);
    m_hint->setWordWrap(true);

    const auto buttonsFor = [this](QPushButton *action) {
        auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
        buttons->button(QDialogButtonBox::Cancel)->setText(tr("Cance&l"));
        buttons->addButton(action, QDialogButtonBox::ActionRole);
        action->setAutoDefault(true);
        connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
        return buttons;
    };
    auto *find = new QWidget(this);
    auto *findLayout = new QVBoxLayout(find);
    findLayout->setContentsMargins(16, 16, 16, 12);
    findLayout->setSpacing(10);
    findLayout->addWidget(m_search);
    findLayout->addWidget(m_results, 1);
    findLayout->addWidget(m_hint);
    findLayout->addWidget(buttonsFor(m_join));
    auto *make = new QWidget(this);
    auto *makeLayout = new QVBoxLayout(make);
    makeLayout->setContentsMargins(16, 16, 16, 12);
    makeLayout->setSpacing(10);
    makeLayout->addWidget(m_name);
    makeLayout->addWidget(m_private);
    makeLayout->addStretch(1);
    makeLayout->addWidget(buttonsFor(m_create));
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(find, tr("&Find a room"));
    m_tabs->addTab(make, tr("&Create a room"));
    auto *layout = new QVBoxLayout(this);
    layout->addWidget(m_tabs);
    resize(fitted(this, QSize(fontMetrics().averageCharWidth() * 64, fontMetrics().height() * 26)));

    m_typing.setSingleShot(true);
    m_typing.setInterval(200);
    connect(&m_typing, &QTimer::timeout, this, &JoinRoomDialog::ask);
    connect(m_search->edit(), &QLineEdit::textChanged, this, [this] {
        m_results->setCurrentRow(-1); // what is typed now is meant, not what was chosen before
        m_typing.start();
        review();
    });
    connect(m_search->edit(), &QLineEdit::returnPressed, this, &JoinRoomDialog::join);
    connect(m_name->edit(), &QLineEdit::returnPressed, this, &JoinRoomDialog::create);
    connect(m_name->edit(), &QLineEdit::textChanged, this, &JoinRoomDialog::review);
    connect(m_results, &QListWidget::itemActivated, this, &JoinRoomDialog::join);
    connect(m_results, &QListWidget::currentRowChanged, this, &JoinRoomDialog::review);
    connect(m_results->verticalScrollBar(), &QScrollBar::valueChanged, this, &JoinRoomDialog::askForMore);
    connect(m_join, &QPushButton::clicked, this, &JoinRoomDialog::join);
    connect(m_create, &QPushButton::clicked, this, &JoinRoomDialog::create);
    connect(m_tabs, &QTabWidget::currentChanged, this, [this](int tab) {
        m_join->setDefault(tab == 0);
        m_create->setDefault(tab == 1);
        (tab == 0 ? m_search : m_name)->setFocus();
    });
    m_join->setDefault(true);
    m_search->setFocus();
    review();
}

void JoinRoomDialog::showEvent(QShowEvent *event)
{
    QDialog::showEvent(event);
    if (!event->spontaneous())
        ask();
}

void JoinRoomDialog::ask()
{
    m_query = m_search->text().trimmed();
    m_hint->setText(tr("Searching…"));
    m_next.clear();
    m_isAsking = false;
    Q_EMIT searchRequested(m_query, {});
}

void JoinRoomDialog::askForMore()
{
    const QScrollBar *bar = m_results->verticalScrollBar();
    if (m_isAsking || m_next.isEmpty() || m_results->count() >= mostFound || bar->value() < bar->maximum())
        return;
    m_isAsking = true;
    Q_EMIT searchRequested(m_query, m_next);
}

void JoinRoomDialog::showRooms(
    const QString &query, const QString &after, const QList<Room> &rooms, const QString &next)
{
    if (query != m_query || (!after.isEmpty() && after != m_next))
        return; // of what was there before the last letter
    m_next = next;
    m_isAsking = false;
    const QString before = m_results->currentItem() ? m_results->currentItem()->text() : QString();
    if (after.isEmpty())
        m_results->clear();
    for (const Room &room : rooms) {
        auto *item = new QListWidgetItem(glyphIcon(Glyph::Hash), room.name, m_results);
        item->setToolTip(plainToolTip(room.name));
        if (room.isMember())
            item->setData(Qt::AccessibleTextRole, tr("%1, joined").arg(room.name));
        if (room.name == before)
            m_results->setCurrentItem(item);
    }
    const int count = m_results->count();
    m_hint->setText(!next.isEmpty() ? tr("The first %n public room(s)", nullptr, count)
            : count > 0             ? tr("%n public room(s)", nullptr, count)
            : query.isEmpty()       ? tr("There are no public rooms yet.")
                                    : tr("No public room with this in its name."));
    review();
    m_results->doItemsLayout();
    askForMore(); // where all of them can be seen at once
}

void JoinRoomDialog::showSearchError(const QString &query, const QString &sentence)
{
    if (query != m_query)
        return;
    m_isAsking = false;
    m_hint->setText(sentence);
}

void JoinRoomDialog::join()
{
    if (m_busy)
        return;
    const QListWidgetItem *chosen = m_results->currentItem();
    const QString name = chosen ? chosen->text() : m_search->text().trimmed();
    if (name.isEmpty()) {
        m_search->showError(tr("Enter the name of a room, or choose one."));
        return;
    }
    m_search->clearError();
    setBusy(true);
    Q_EMIT joinRequested(name);
}

void JoinRoomDialog::create()
{
    if (m_busy)
        return;
    const QString name = m_name->text().trimmed();
    if (name.isEmpty()) {
        m_name->showError(tr("Enter a name for the room."));
        return;
    }
    m_name->clearError();
    if (!m_name->checkLength())
        return;
    setBusy(true);
    Q_EMIT createRequested(name, m_private->isChecked());
}

void JoinRoomDialog::showError(const Problem &problem)
{
    setBusy(false);
    (m_tabs->currentIndex() == 0 ? m_search : m_name)->showError(inWords(problem));
}

void JoinRoomDialog::setBusy(bool busy)
{
    m_busy = busy;
    review();
}

void JoinRoomDialog::review()
{
    m_join->setEnabled(!m_busy);
    m_create->setEnabled(!m_busy);
    m_join->setText(m_results->currentItem()
            ? tr("&Join %1").arg(plainAction(text::cut(m_results->currentItem()->text(), 24)))
            : tr("&Join"));
}

} // namespace rookery::client
