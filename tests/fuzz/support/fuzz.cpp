// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/support/fuzz.h"

#include <cstdio>
#include <cstdlib>

namespace rookery::fuzz {

void fail(const char *promise, const char *file, int line)
{
    std::fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
    std::abort();
}

} // namespace rookery::fuzz
