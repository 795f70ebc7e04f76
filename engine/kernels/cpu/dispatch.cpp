// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdlib>
#include <string>

#include "kernels/cpu/kernel_sets.h"

namespace engine {

std::string_view isaName(Isa isa)
{
    switch (isa) {
    case Isa::reference:
        return "reference";
    case Isa::avx2:
        return "avx2";
    case Isa::avx512:
        return "avx512";
    case Isa::amx:
        return "amx";
    }
    return "?";
}

std::vector<Isa> supportedIsas()
{
    std::vector<Isa> isas{Isa::reference};
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return isas;
    isas.push_back(Isa::avx2);
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl") ||
        !__builtin_cpu_supports("avx512vnni"))
        return isas;
    isas.push_back(Isa::avx512);
    static const bool tiles = requestAmxPermission();
    if (tiles)
        isas.push_back(Isa::amx);
#endif
    return isas;
}

const Kernels& kernelsFor(Isa isa)
{
#if defined(__x86_64__)
    switch (isa) {
    case Isa::avx2:
        return avx2Kernels();
    case Isa::avx512:
        return avx512Kernels();
    case Isa::amx:
        return amxKernels();
    case Isa::reference:
        break;
    }
#else
    static_cast<void>(isa);
#endif
    return referenceKernels();
}

namespace {

/// The best supported set that is no better than `limit` and than LECTERN_ISA.
const Kernels& best(Isa limit)
{
    const char* wanted = std::getenv("LECTERN_ISA");
    Isa chosen = Isa::reference;
    for (const Isa isa : supportedIsas()) {
        if (isa > limit)
            break;
        chosen = isa;
        if (wanted != nullptr && isaName(isa) == wanted)
            break;
    }
    return kernelsFor(chosen);
}

} // namespace

const Kernels& float32Kernels()
{
    static const Kernels& kernels = best(Isa::avx512);
    return kernels;
}

const Kernels& compactKernels()
{
    static const Kernels& kernels = best(Isa::amx);
    return kernels;
}

} // namespace engine
