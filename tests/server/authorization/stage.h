// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/server/authorization/table.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/websocketclient.h"

#include <map>

namespace rookery::test {

/// What one request is made about; made anew for each, so that none sees what another did.
struct Scene
{
    QString roomId;
    QString roomName; ///< empty in a direct room
    QString sessionId;
    QString token; ///< of the caller, where the request is about a session of its own
    qint64 seq = 0; ///< of the creator's message
    qint64 ownSeq = 0; ///< of the caller's message; the creator's where they could write none
};

/// A real daemon on which guests are let in and rates are off, with a cast of one user for every role.
class Stage
{
public:
    explicit Stage(QMap<QString, QString> environment = {});

    /// Empty: the daemon runs and everybody is logged in. Else why not.
    QString start();
    TestDaemon &daemon() { return m_daemon; }
    /// Where a WebSocket of this role goes: for nobody another daemon, which does not let guests in.
    const TestDaemon &daemonFor(Caller role) const
    {
        return role == Caller::Nobody ? m_closedDaemon : m_daemon;
    }

    /// The scene for one request of this role; `problem` says what could not be made.
    /// `withBystander`: who is a member of the room then.
    Scene makeScene(Object object, Caller caller, QString *problem, bool withBystander = false);

    /// What the role presents; empty for those without a token.
    QString tokenOf(Caller role, const Scene &scene) const;
    const TestUser &user(Caller role) const;
    const TestUser &bystander() const { return m_bystander; }
    /// A name that no room and no user has.
    QString freshName();

    /// `text` with the table's $words filled in; the room by `room`.
    QString filledIn(const QString &text, Caller caller, const Scene &scene, const QString &room);

    HttpAnswer ask(const QByteArray &method, const QString &pathAndQuery, const QJsonObject &body = {},
        const QString &token = {});
    HttpAnswer post(const QString &path, const QByteArray &body, const QString &token = {});
    /// The room as its creator sees it: the room, its members, its events. Two that are equal say that
    /// nothing has happened in between.
    QByteArray snapshot(const Scene &scene);

private:
    QString makeRoom(Object object, Caller caller, bool withBystander, Scene *scene);
    bool enter(const QString &path, const TestUser &who);
    bool give(const QString &path, const TestUser &who, const QString &role);
    /// The seq of what they say; 0 where they may not.
    qint64 say(const QString &path, const TestUser &who, const QString &text);

    TestDaemon m_daemon;
    TestDaemon m_closedDaemon;
    QNetworkAccessManager m_manager;
    std::map<Caller, TestUser> m_cast;
    TestUser m_bystander;
    QString m_revoked;
    int m_names = 0;
};

QString toText(const QJsonObject &object);

} // namespace rookery::test
