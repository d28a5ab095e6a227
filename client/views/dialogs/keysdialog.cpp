// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/dialogs/keysdialog.h"

#include "client/views/widgets/plaintext.h"
#include "client/views/widgets/screenfit.h"

#include <QDialogButtonBox>
#include <QGridLayout>
#include <QKeySequence>
#include <QPushButton>
#include <QScrollArea>

namespace rookery::client {

KeysDialog::KeysDialog(QWidget *parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Keys"));
    const auto native = [](const char *keys) {
        return QKeySequence(QLatin1String(keys)).toString(QKeySequence::NativeText);
    };
    const QList<std::pair<QString, QString>> rows{
        {native("Ctrl+K"), tr("Go to a room by its name")},
        {native("Alt+Up") + QStringLiteral(", ") + native("Alt+Down"), tr("Previous or next room")},
        {native("Alt+Shift+Up") + QStringLiteral(", ") + native("Alt+Shift+Down"),
            tr("Previous or next room with unread messages")},
        {native("Return"), tr("Send the message; open what can be done with a message")},
        {native("Shift+Return"), tr("New line")},
        {native("Up"), tr("In an empty input: edit your last message; Esc leaves it as it was")},
        {native("F2") + QStringLiteral(", ") + native("Del"), tr("Among the messages: edit, delete")},
        {native("Menu") + QStringLiteral(", ") + native("Shift+F10"),
            tr("What can be done with a message, room or person")},
        {native("PgUp") + QStringLiteral(", ") + native("PgDown"), tr("Scroll the messages")},
        {native("Shift+PgUp"), tr("To the first unread message")},
        {native("Home") + QStringLiteral(", ") + native("End"), tr("Among the messages: oldest, newest")},
        {native("Up") + QStringLiteral(", ") + native("Down"),
            tr("Among the messages: from one to the next")},
        {native("Ctrl+C"), tr("Copy what is selected, or the message")},
        {native("Ctrl+A"), tr("Select all messages that are loaded")},
        {native("Ctrl+N"), tr("Join or create a room")},
        {native("Ctrl+D"), tr("New direct message")},
        {native("Esc"), tr("Back to writing; what is unread here counts as read")},
        {native("F6") + QStringLiteral(", ") + native("Tab"), tr("Next part of the window")},
        {native("Ctrl+/"), tr("This list")},
        {native("Ctrl+Q"), tr("Quit")},
    };
    auto *table = new QWidget;
    auto *grid = new QGridLayout(table);
    grid->setHorizontalSpacing(24);
    grid->setVerticalSpacing(8);
    grid->setColumnStretch(1, 1);
    for (int row = 0; row < rows.size(); ++row) {
        QLabel *keys = plainLabel(table, rows.at(row).first);
        scaleFont(keys, 1, true);
        QLabel *meaning = plainLabel(table, rows.at(row).second);
        meaning->setWordWrap(true);
        grid->addWidget(keys, row, 0, Qt::AlignTop);
        grid->addWidget(meaning, row, 1);
    }
    auto *scroll = new QScrollArea(this);
    scroll->setWidget(table);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setAccessibleName(tr("Keys"));
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->button(QDialogButtonBox::Close)->setText(tr("&Close"));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->addWidget(scroll, 1);
    layout->addWidget(buttons);
    resize(fitted(this, QSize(fontMetrics().averageCharWidth() * 80, fontMetrics().height() * 36)));
}

} // namespace rookery::client
