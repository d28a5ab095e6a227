// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QLatin1String>
#include <QString>

namespace rookery {

/// A message in its present state: its newest text, or no text if it was deleted.
struct Posted
{
    static constexpr QLatin1String kind{"message"};
    static constexpr int number = 0;

    QString text = {}; ///< empty if deleted
    qint64 editedSeq = 0; ///< seq of the event that set this text; 0: the original text
    QDateTime editedAt = {}; ///< UTC; invalid if editedSeq is 0
    QDateTime deletedAt = {}; ///< UTC; invalid if not deleted

    bool isEdited() const { return editedSeq != 0; }
    bool isDeleted() const { return deletedAt.isValid(); }
    bool operator==(const Posted &) const = default;
};

} // namespace rookery
