// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/dtype.h"

namespace engine {

const char* dtypeName(DType type)
{
    switch (type) {
    case DType::f32:
        return "F32";
    case DType::f16:
        return "F16";
    case DType::bf16:
        return "BF16";
    case DType::f8e4m3:
        return "F8_E4M3";
    case DType::f8e8m0:
        return "F8_E8M0";
    case DType::i8:
        return "I8";
    case DType::i32:
        return "I32";
    case DType::i64:
        return "I64";
    case DType::q8_0:
        return "Q8_0";
    case DType::q4_k:
        return "Q4_K";
    case DType::q2_k:
        return "Q2_K";
    case DType::iq2_xxs:
        return "IQ2_XXS";
    case DType::mxfp4:
        return "MXFP4";
    }
    return "?";
}

BlockLayout blockLayout(DType type)
{
    switch (type) {
    case DType::f32:
    case DType::i32:
        return {1, 4};
    case DType::f16:
    case DType::bf16:
        return {1, 2};
    case DType::i64:
        return {1, 8};
    case DType::f8e4m3:
    case DType::f8e8m0:
    case DType::i8:
        return {1, 1};
    case DType::q8_0:
        return {32, 34};
    case DType::q4_k:
        return {256, 144};
    case DType::q2_k:
        return {256, 84};
    case DType::iq2_xxs:
        return {256, 66};
    case DType::mxfp4:
        return {32, 17};
    }
    return {};
}

} // namespace engine
