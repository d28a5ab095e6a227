// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace rookery::config {

/// The candidate nearest to `typed`; empty if none is near.
QString nearestOf(const QString &typed, const QStringList &candidates);
/// ` Did you mean '…'?` with the candidate nearest to `typed`; empty if none is near.
QString didYouMean(const QString &typed, const QStringList &candidates);

} // namespace rookery::config
