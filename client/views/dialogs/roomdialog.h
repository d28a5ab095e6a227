// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/session/chat.h"

#include <QDialog>

#include <optional>

class QPushButton;

namespace rookery::client {

class BanList;
class FormField;

/// Name and topic of a room, and who is banned from it. It stays open until the server has taken the former, with
/// what is wrong below the input.
class RoomDialog : public QDialog
{
    Q_OBJECT
public:
    /// `mayRename`: whether the user may change the name, too.
    RoomDialog(const Room &room, bool mayRename, const ServerLimits &limits, QWidget *parent);

    FormField *name() const { return m_name; }
    FormField *topic() const { return m_topic; }
    BanList *bans() const { return m_bans; }
    QPushButton *saveButton() const { return m_save; }
    void showError(const Problem &problem);

Q_SIGNALS:
    /// The fields that have changed. Answered by accept() or showError().
    void submitted(const std::optional<QString> &name, const std::optional<QString> &topic);

private:
    void submit();

    Room m_room;
    FormField *m_name;
    FormField *m_topic;
    BanList *m_bans;
    QPushButton *m_save;
};

} // namespace rookery::client
