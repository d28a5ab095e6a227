// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/dialogs/blockeddialog.h"

#include "client/session/chat.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/plaintext.h"
#include "client/views/widgets/screenfit.h"

#include <QDialogButtonBox>
#include <QPushButton>
#include <QVBoxLayout>

namespace rookery::client {

BlockedDialog::BlockedDialog(QAbstractItemModel *blocked, QWidget *parent)
    : QDialog(parent)
    , m_list(new ListView(this))
    , m_empty(plainLabel(this, tr("You have not blocked anybody.")))
    , m_problem(plainLabel(this))
{
    setWindowTitle(tr("Blocked people"));
    QLabel *meaningLabel = plainLabel(this, meaning());
    meaningLabel->setWordWrap(true);
    m_list->setModel(blocked);
    m_list->setUniformItemSizes(true);
    m_list->setAccessibleName(tr("Blocked people"));
    m_list->setAccessibleDescription(meaning());
    m_list->setFrameShape(QFrame::StyledPanel);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_problem->setForegroundRole(QPalette::BrightText);
    m_problem->setWordWrap(true);
    m_problem->hide();
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    m_unblock = buttons->addButton(tr("&Unblock"), QDialogButtonBox::ActionRole);
    QPushButton *close = buttons->button(QDialogButtonBox::Close);
    close->setText(tr("&Close"));
    close->setDefault(true);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_unblock, &QPushButton::clicked, this, &BlockedDialog::unblock);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &BlockedDialog::review);
    connect(blocked, &QAbstractItemModel::modelReset, this, &BlockedDialog::review);
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(blocked, signal, this, &BlockedDialog::review);

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->setSpacing(12);
    layout->addWidget(meaningLabel);
    layout->addWidget(m_empty);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_problem);
    layout->addWidget(buttons);
    resize(fitted(this, QSize(fontMetrics().averageCharWidth() * 56, fontMetrics().height() * 22)));
    if (blocked->rowCount() > 0)
        m_list->setCurrentIndex(blocked->index(0, 0));
    review();
    if (blocked->rowCount() > 0)
        m_list->setFocus();
}

QString BlockedDialog::meaning()
{
    return tr(
        "Whoever is blocked can neither invite you nor write to you directly. In rooms that you share you "
        "still see each other's messages.");
}

void BlockedDialog::unblock()
{
    const QModelIndex index = m_list->currentIndex();
    if (!index.isValid() || m_isAsking)
        return;
    m_isAsking = true;
    review();
    Q_EMIT unblockRequested(index.data(Chat::UserIdRole).toString());
}

void BlockedDialog::setAnswered(const QString &problem)
{
    m_isAsking = false;
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    review();
}

void BlockedDialog::review()
{
    const bool isEmpty = m_list->model()->rowCount() == 0;
    m_empty->setVisible(isEmpty);
    // The focus has to be somewhere before what has it goes.
    const bool canUnblock = !m_isAsking && m_list->currentIndex().isValid();
    if (!canUnblock && m_unblock->hasFocus())
        m_list->setFocus(Qt::OtherFocusReason);
    m_unblock->setEnabled(canUnblock);
    m_list->setEnabled(!isEmpty);
}

QString BlockedDialog::problem() const
{
    return m_problem->text();
}

} // namespace rookery::client
