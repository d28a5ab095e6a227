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
/// naming `field`. The skeleton is the case-folded one of UTS 39: it is equal for names that look alike or
/// differ in case alone. i and l are one letter in it, since a capital I looks like l.
Result<CheckedName> checkUserName(const QString &name, const Limits &limits, const QString &field);

/// Whether nobody may register this name, since others would take its owner for the server or its staff:
/// `admin`, `system` and the like, whatever looks like one of them, and the names of guests.
bool isReservedName(const CheckedName &name);

/// Room names (SEEDS.md, 004): letters and digits of any script, in any mixture, `-` and `_`, NFC, 1 to 64
/// characters; not the form of a UUID. The skeleton is equal for names that differ in case alone, by which
/// rooms are found. That none is made which only looks like another is store::NewRoom::lookalike's business.
Result<CheckedName> checkRoomName(const QString &name, const Limits &limits, const QString &field);

/// The skeleton of any text, for looking a user's name up; the text need not be a valid name. What is found
/// by it may be a name that only looks alike: ask isSameName() where that would be the wrong one.
QString skeletonOf(const QString &name);

/// Equal for two texts where isSameName() says so.
QString nameKey(const QString &name);

/// Whether both are the same name but for case and composition. Names that only look alike are not.
bool isSameName(const QString &one, const QString &other);

/// Whether this is the user's id or name: what has the form of an id is one, and a name that only looks like
/// the user's is not theirs.
bool isUser(const User &user, const QString &idOrName);

} // namespace rookery::core
