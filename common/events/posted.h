// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QLatin1String>
#include <QString>

namespace rookery {

/// A message, as it is now: whoever reads it later reads its newest text, and of a deleted one none.
struct Posted
{
    static constexpr QLatin1String kind{"message"};
    static constexpr int number = 0;

    QString text = {}; ///< empty where it is deleted
    qint64 editedSeq = 0; ///< of the event that gave it this text; 0: the text it was sent with
    QDateTime editedAt = {}; ///< UTC; invalid where editedSeq is 0
    QDateTime deletedAt = {}; ///< UTC; invalid where it is not deleted

    bool isEdited() const { return editedSeq != 0; }
    bool isDeleted() const { return deletedAt.isValid(); }
    bool operator==(const Posted &) const = default;
};

} // namespace rookery
