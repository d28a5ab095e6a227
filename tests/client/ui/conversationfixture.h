// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/settings/settings.h"
#include "client/views/conversation/conversationpage.h"
#include "tests/client/ui/fakechat.h"

#include <QMenu>
#include <QSettings>
#include <QtTest>

#include <memory>

namespace rookery::client {

/// A conversation page on a chat controlled by the test, with its own settings.
class ConversationFixture
{
protected:
    /// Settings as after an installation, and a chat without rooms.
    void begin(const QString &profile)
    {
        QSettings(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("rookery"),
            QStringLiteral("rookery-") + profile)
            .clear();
        m_settings = std::make_unique<Settings>(profile);
        m_chat = std::make_unique<FakeChat>();
    }
    /// In an active window.
    void openPage()
    {
        m_page = std::make_unique<ConversationPage>(m_chat.get(), m_settings.get(), &m_menu);
        m_page->resize(1200, 700);
        m_page->show();
        m_page->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    }
    void end()
    {
        m_page.reset();
        m_chat.reset();
    }

    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<FakeChat> m_chat;
    QMenu m_menu;
    std::unique_ptr<ConversationPage> m_page;
};

} // namespace rookery::client
