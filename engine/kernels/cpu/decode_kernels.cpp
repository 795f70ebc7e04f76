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

} // namespace

const DecodeKernels& plainDecodeKernels()
{
    static constexpr DecodeKernels kernels{noHalves, transposeWords};
    return kernels;
}

const DecodeKernels& decodeKernels(Isa isa)
{
    static_cast<void>(isa);
    return plainDecodeKernels();
}

} // namespace engine
