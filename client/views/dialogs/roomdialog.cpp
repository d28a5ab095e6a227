// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/dialogs/roomdialog.h"

#include "client/sentences/sentences.h"
#include "client/views/dialogs/banlist.h"
#include "client/views/widgets/formfield.h"

#include <QDialogButtonBox>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace rookery::client {

RoomDialog::RoomDialog(const Room &room, bool mayRename, const ServerLimits &limits, QWidget *parent)
    : QDialog(parent)
    , m_room(room)
    , m_name(new FormField(tr("&Name"), this))
    , m_topic(new FormField(tr("&Topic"), this))
    , m_bans(new BanList(this))
{
    setWindowTitle(tr("Room settings"));
    m_name->setText(room.name);
    m_name->setLongest(limits.roomNameCharacters);
    if (!mayRename) {
        m_name->edit()->setReadOnly(true);
        m_name->edit()->setToolTip(tr("Only owners can change the name."));
        m_name->edit()->setAccessibleDescription(m_name->edit()->toolTip());
    }
    m_topic->setText(room.topic);
    m_topic->setLongest(limits.topicCharacters);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    m_save = buttons->button(QDialogButtonBox::Ok);
    m_save->setText(tr("&Save"));
    m_save->setDefault(true);
    buttons->button(QDialogButtonBox::Cancel)->setText(tr("&Cancel"));
    connect(buttons, &QDialogButtonBox::accepted, this, &RoomDialog::submit);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->setSpacing(16);
    layout->addWidget(m_name);
    layout->addWidget(m_topic);
    layout->addWidget(m_bans, 1);
    layout->addWidget(buttons);
    setMinimumWidth(fontMetrics().averageCharWidth() * 60);
    FormField *first = mayRename ? m_name : m_topic;
    first->edit()->selectAll();
    first->setFocus();
}

void RoomDialog::submit()
{
    const QString name = m_name->text().trimmed();
    const QString topic = m_topic->text().trimmed();
    m_name->clearError();
    m_topic->clearError();
    if (name.isEmpty()) {
        m_name->showError(tr("Enter a name for the room."));
        return;
    }
    if (!m_name->checkLength() || !m_topic->checkLength())
        return;
    if (name == m_room.name && topic == m_room.topic) {
        accept();
        return;
    }
    m_save->setEnabled(false);
    Q_EMIT submitted(name == m_room.name ? std::nullopt : std::optional(name),
        topic == m_room.topic ? std::nullopt : std::optional(topic));
}

void RoomDialog::showError(const Problem &problem)
{
    m_save->setEnabled(true);
    (problem.field == QLatin1String("topic") ? m_topic : m_name)->showError(inWords(problem));
}

} // namespace rookery::client
