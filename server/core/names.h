// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "common/messages.h"
#include "common/result.h"

#include <QString>

namespace rookery::core {

/// A name that has been checked, with what decides whether another name is taken for it.
struct CheckedName
{
    QString text; ///< NFC
    QString skeleton; ///< equal for names of which only one may exist
};

/// User names: Limits::userNameCharactersMin to Max code points after NFC; letters, digits and marks of any
/// script, and `.`, `-`, `_` inside. Controls, bidi and zero-width characters, white space and mixed scripts
/// that ICU calls confusing (beyond UTS 39 section 5.2 "highly restrictive") are refused with InvalidField
/// naming `field`. The skeleton is the one of UTS 39 of the text in NFKC_Casefold: it is equal for names that
/// look alike, differ in case alone, or are written in fullwidth, mathematical and other forms of the same
/// letters. i and l are one letter in it, since a capital I looks like l.
Result<CheckedName> checkUserName(const QString &name, const Limits &limits, const QString &field);

/// Whether nobody may register this name, since others would take its owner for the server or its staff:
/// `admin`, `system` and the like, whatever looks like one of them, separators (`ad-min`) and marks (`ádmin`)
/// aside, and the names of guests with what can be taken for one (`guest1`, `guest_anything`).
bool isReservedName(const CheckedName &name);

/// Whether no room may be given this name: a route has it already (`GET /api/v1/rooms/directory`).
bool isReservedRoomName(const CheckedName &name);

/// Room names (resources/docs/dialects.md, 004): letters and digits of any script, in any mixture, `-` and `_`,
/// NFC, 1 to 64 characters; not the form of a UUID. The skeleton is equal for names that differ in case alone,
/// by which rooms are found. That none is made which only looks like another is store::NewRoom::lookalike's
/// business.
Result<CheckedName> checkRoomName(const QString &name, const Limits &limits, const QString &field);

/// The skeleton of any text, for comparing it with others; the text need not be a valid name.
QString skeletonOf(const QString &name);

/// Which version of the rules skeletonOf() follows: kept with the skeletons that are stored, which have to be
/// made anew when it changes. Names are not found by them, so that nobody is lost by that.
QString namesRule();

/// Equal for two texts where isSameName() says so: what users are found by.
QString nameKey(const QString &name);

/// Whether both are the same name but for case and composition. Names that only look alike are not.
bool isSameName(const QString &one, const QString &other);

/// Whether this is the user's id or name: what has the form of an id is one, and a name that only looks like
/// the user's is not theirs.
bool isUser(const User &user, const QString &idOrName);

} // namespace rookery::core
