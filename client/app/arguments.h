// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QStringList>

namespace rookery::client {

/// What `rookery` was started with.
struct Arguments
{
    QString server;
    QString userName;
    QString profile;
    bool version = false;
    bool help = false;
};

/// Reads the command line without the program's name. The error is a sentence for the person who typed it.
Result<Arguments> parseArguments(const QStringList &arguments);
/// What `--help` prints. There must be an application, for its name.
QString helpText();

} // namespace rookery::client
