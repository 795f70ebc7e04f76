// SPDX-License-Identifier: GPL-3.0-or-later
#include <immintrin.h>

#include "kernels/cpu/decode_kernels.h"

namespace engine {

namespace {

#include "kernels/cpu/decode_256.inl"

bool halves(DType type, const StoredRow* rows, std::size_t begin, std::size_t end, BFloat16* out)
{
    switch (type) {
    case DType::f8e4m3:
        return fp8Rows256(rows, begin, end, out);
    case DType::i8:
        return fp4Rows256(rows, begin, end, out);
    case DType::mxfp4:
        return mxfp4Rows256(rows, begin, end, out);
    case DType::bf16:
        return bf16Rows256(rows, begin, end, out);
    default:
        return false;
    }
}

} // namespace

const DecodeKernels& avx2DecodeKernels()
{
    static constexpr DecodeKernels kernels{halves, transposeWords256};
    return kernels;
}

} // namespace engine
