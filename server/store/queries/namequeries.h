// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>

namespace rookery::store {

class Connection;

/// How names are compared. What follows from it is stored beside each name, and is made anew where it was
/// made by other rules: by an older version, or with the tables of another ICU.
struct NameRules
{
    QString version; ///< of both; empty: there are none
    std::function<QString(const QString &)> key = {}; ///< NewUser::skeleton
    std::function<QString(const QString &)> lookalike = {}; ///< NewUser::lookalike, NewRoom::lookalike
};

/// Names as SQL; called inside a transaction.
namespace names {

/// Brings everything that is stored of names in line with these rules, unless it is so already. Of users and
/// rooms whose names look alike by the new rules only, each stays as it is and is found by its own name.
void refresh(Connection &connection, const NameRules &rules);

} // namespace names

} // namespace rookery::store
