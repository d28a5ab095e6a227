// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/accounts.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/http/routecontext.h"

/// Registration, log-in and sessions, which every dialect offers under its own paths. Each dialect supplies
/// the form of the answer.
namespace rookery::http {

using RegistrationForm = QJsonObject (*)(const User &);
using LogInForm = QJsonObject (*)(const core::LogIn &);

/// POST `{username, password}` → 201.
void addRegistration(const RouteContext &context, const QString &path, RegistrationForm form);

/// POST `{username, password}` → 200, the session cookie and the device cookie. Pages of origins that are not
/// allowed get no cookies, so that they cannot log a browser in with an account of their choice.
void addLogIn(const RouteContext &context, const QString &path, LogInForm form);

/// `{current, new}` → 204; ends every other session of the caller.
void changePassword(
    core::Accounts *accounts, QObject *context, const Request &request, const ReplyPtr &reply);

/// → 200 `{"sessions": […]}`, the caller's.
void listSessions(core::Accounts *accounts, QObject *context, const Request &request, const ReplyPtr &reply);

/// → 204; clears the cookie if the caller's own session ends.
void endSession(core::Accounts *accounts, QObject *context, const Request &request, const QString &sessionId,
    const ReplyPtr &reply);

/// → 200 `{"user": …}` of a user named by id or name.
void showUser(core::Accounts *accounts, QObject *context, const QString &idOrName, const ReplyPtr &reply);

/// → 200 `{"user": …}` of the caller.
void showCaller(const Request &request, const ReplyPtr &reply);

/// What 001 and 002 answer: `{"message", "user"}`.
QJsonObject registrationWithMessage(const User &user);
/// What 001 and 002 answer: `{"message", "token", "user", "expires_at", "expires_in"}`.
QJsonObject logInWithMessage(const core::LogIn &logIn);

} // namespace rookery::http
