// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/markdown/markdown.h"

namespace rookery::markdown {

/// Reads the marks within one block: fills `block`'s text, spans and links from `source`. Linear: every
/// delimiter is pushed once and popped once, every closing run of backticks is looked up, not searched.
void parseInline(const QString &source, Block *block, qsizetype *steps);

} // namespace rookery::markdown
