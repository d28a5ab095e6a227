// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"
#include "common/messages.h"

#include <QDialog>

#include <optional>

class QPushButton;

namespace rookery::client {

class FormField;

/// Name and topic of a room; stays open until the server has taken them, with what is wrong below the input.
class RoomDialog : public QDialog
{
    Q_OBJECT
public:
    RoomDialog(const Room &room, QWidget *parent);

    FormField *name() const { return m_name; }
    FormField *topic() const { return m_topic; }
    QPushButton *saveButton() const { return m_save; }
    void showError(const Problem &problem);

Q_SIGNALS:
    /// What is other than before. Answered by accept() or showError().
    void submitted(const std::optional<QString> &name, const std::optional<QString> &topic);

private:
    void submit();

    Room m_room;
    FormField *m_name;
    FormField *m_topic;
    QPushButton *m_save;
};

} // namespace rookery::client
