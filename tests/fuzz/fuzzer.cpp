// SPDX-License-Identifier: GPL-3.0-or-later
// libFuzzer's two doors. LECTERN_FUZZ_TARGET names the target, since all of them are one program.
#include <cstdlib>
#include <cstring>

#include "targets.h"

namespace {

fuzz::Target chosen()
{
    const char* name = std::getenv("LECTERN_FUZZ_TARGET");
    for (const auto& target : fuzz::kTargets) {
        if (name != nullptr && std::strcmp(name, target.name) == 0)
            return target.run;
    }
    fuzz::require(false, "LECTERN_FUZZ_TARGET names a target of tests/fuzz/targets.h");
    return nullptr;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const fuzz::Target target = chosen();
    target({data, size});
    return 0;
}
