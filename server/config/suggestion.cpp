// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/suggestion.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace rookery::config {

namespace {

int distance(QStringView a, QStringView b)
{
    std::vector<int> row(size_t(b.size()) + 1);
    std::iota(row.begin(), row.end(), 0);
    for (qsizetype i = 0; i < a.size(); ++i) {
        int diagonal = row[0];
        row[0] = int(i) + 1;
        for (size_t j = 1; j < row.size(); ++j) {
            const int substituted = diagonal + (a[i] == b[qsizetype(j) - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row.back();
}

} // namespace

QString nearestOf(const QString &typed, const QStringList &candidates)
{
    constexpr int farthest = 3;
    QString best;
    int nearest = std::min<int>(farthest, int(typed.size()) / 2) + 1;
    for (const QString &candidate : candidates) {
        const int steps = distance(typed.left(100), candidate);
        if (steps < nearest) {
            nearest = steps;
            best = candidate;
        }
    }
    return best;
}

QString didYouMean(const QString &typed, const QStringList &candidates)
{
    const QString best = nearestOf(typed, candidates);
    return best.isEmpty() ? QString() : QStringLiteral(" Did you mean '%1'?").arg(best);
}

} // namespace rookery::config
