// SPDX-License-Identifier: GPL-3.0-or-later
// The process that is killed: the desktop client without its window. Started by rookery-desktop-faults with
// server, user id, user name, token, cache directory, hurry, and then the rooms.

#include "tests/faults/desktop/headless.h"

#include <QCoreApplication>

#include <cstdio>

int main(int argc, char *argv[])
{
    using namespace rookery;
    QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    if (words.size() < 8) {
        std::fputs("usage: rookery-headless SERVER USER-ID NAME TOKEN DIRECTORY HURRY ROOM...\n", stderr);
        return 2;
    }
    faults::Headless headless(
        {client::Account{QUrl(words.at(1)), User{words.at(2), words.at(3)}, words.at(4).toLatin1()},
            words.at(5), words.mid(7), std::max(1, words.at(6).toInt())});
    return QCoreApplication::exec();
}
