// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QString>
#include <QStringList>
#include <QUrl>

/// `rookeryctl`, the tool of an operator beside the daemon.
namespace rookery::ctl {

enum class Action {
    ShowHelp,
    ShowVersion,
    Migrate,
};

struct Command
{
    Action action = Action::ShowHelp;
    QString help = {}; ///< of ShowHelp
    // Of Migrate:
    QString database = {}; ///< absolute path of the SQLite file
    QUrl target = {}; ///< of PostgreSQL; it may hold a password
    QString passwordFile = {}; ///< empty: none
    QString dataDirectory = {}; ///< whose daemon uses the database
    bool isOnline = false;
    bool verifyOnly = false;
};

/// `arguments` starts with the program's name. --help takes precedence over everything, errors included. The Error repeats
/// nothing of a URL.
Result<Command> parseCommand(const QStringList &arguments);

} // namespace rookery::ctl
