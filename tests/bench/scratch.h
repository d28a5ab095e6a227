// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace rookery::bench {

/// A template for QTemporaryDir: a directory on a disk, named after `program`. /tmp is in memory on many
/// systems, where nothing is durable and nothing can be lost.
QString scratchTemplate(const QString &program);

} // namespace rookery::bench
