// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/loop/eventdispatcher.h"

#include <QCoreApplication>
#include <QTest>

/// A test program whose main thread uses the daemon's event dispatcher, or Qt's with
/// ROOKERY_TEST_DISPATCHER=qt in the environment.
#define ROOKERY_DISPATCHER_TEST_MAIN(TestClass)                                                              \
    int main(int argc, char *argv[])                                                                         \
    {                                                                                                        \
        auto dispatcher = rookery::net::makeEventDispatcher();                                               \
        if (dispatcher && qgetenv("ROOKERY_TEST_DISPATCHER") != "qt")                                        \
            QCoreApplication::setEventDispatcher(dispatcher.release());                                      \
        QCoreApplication application(argc, argv);                                                            \
        TestClass test;                                                                                      \
        return QTest::qExec(&test, argc, argv);                                                              \
    }
