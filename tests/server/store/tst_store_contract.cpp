// SPDX-License-Identifier: GPL-3.0-or-later
// The conformance suites of store.h, run on each database that has a fixture (storefixture.h).

#include "tests/server/store/conformance.h"

#include <QCoreApplication>

using namespace storetest;

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1String("--send-forever"))
        return KillConformance::sendForever(QUrl(arguments.value(2)));
    return runOnEveryDatabase<UserConformance, RoomConformance, EventConformance, ChangeConformance,
        VersionConformance, RoleConformance, MarkConformance, KillConformance>(argc, argv);
}
