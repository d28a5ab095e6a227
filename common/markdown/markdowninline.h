// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/markdown/markdown.h"

namespace rookery::markdown {

/// Parses the marks within one block: fills `block`'s text, spans and links from `source`. Linear: every
/// delimiter is pushed and popped once, and closing runs of backticks are found by an index.
void parseInline(const QString &source, Block *block, qsizetype *steps);

} // namespace rookery::markdown
