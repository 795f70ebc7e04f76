// SPDX-License-Identifier: GPL-3.0-or-later
#include "targets.h"

#include <cstdio>
#include <cstdlib>

namespace fuzz {

void require(bool holds, const char* promise)
{
    if (holds)
        return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

} // namespace fuzz
