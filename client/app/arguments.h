// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QStringList>

namespace rookery::client {

/// The parsed command line of `rookery`.
struct Arguments
{
    QString server;
    QString userName;
    QString profile;
    bool version = false;
    bool help = false;
};

/// Parses the command line without the program's name. The error is a sentence for the user.
Result<Arguments> parseArguments(const QStringList &arguments);
/// The text of `--help`. Needs an application object, for its name.
QString helpText();

} // namespace rookery::client
