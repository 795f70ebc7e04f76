// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernels/cpu/decode_kernels.h"

#include <cstring>

namespace engine {

namespace {

bool noHalves(DType, const StoredRow*, std::size_t, std::size_t, BFloat16*)
{
    return false;
}

void transposeWords(const std::uint8_t* const* rows, std::size_t count, void* out)
{
    auto* to = static_cast<std::uint8_t*>(out);
    for (std::size_t k = 0; k < count; ++k)
        for (std::size_t n = 0; n < kPanelColumns; ++n)
            std::memcpy(to + (k * kPanelColumns + n) * 4, rows[n] + k * 4, 4);
}

constexpr DecodeKernels kPlain{noHalves, transposeWords};

} // namespace

const DecodeKernels& decodeKernels(Isa isa)
{
    switch (isa) {
#if defined(__x86_64__)
    case Isa::avx2:
        return avx2DecodeKernels();
    case Isa::avx512:
    case Isa::amx:
        return avx512DecodeKernels();
#endif
    default:
        return kPlain;
    }
}

} // namespace engine
