// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/weight_check.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "model/stored_rows.h"

namespace engine {

namespace {

constexpr std::size_t kPiece = std::size_t{4} << 20U; ///< bytes between two looks at the stop token
constexpr std::uint8_t kLargestScale = 246;           ///< 2^119; 448 * 2^120 is no float32

/// The first of `count` stored numbers of `Size` bytes that `isBad`; a first pass without branches
/// lets the compiler use vectors.
template <typename Number, typename IsBad>
std::optional<std::size_t> firstBad(const std::byte* data, std::size_t count, IsBad isBad)
{
    constexpr std::size_t kRun = 4096;
    Number numbers[kRun];
    for (std::size_t at = 0; at < count; at += kRun) {
        const std::size_t size = std::min(kRun, count - at);
        std::memcpy(numbers, data + at * sizeof(Number), size * sizeof(Number));
        unsigned found = 0;
        for (std::size_t i = 0; i < size; ++i)
            found |= isBad(numbers[i]) ? 1U : 0U;
        for (std::size_t i = 0; found != 0 && i < size; ++i) {
            if (isBad(numbers[i]))
                return at + i;
        }
    }
    return std::nullopt;
}

bool isBadHalf(std::uint16_t bits)
{
    return (bits & 0x7C00U) == 0x7C00U;
}

/// Blocks with float16 scales at the given places.
std::optional<std::size_t> firstBadBlock(const std::byte* data, std::size_t blocks,
                                         std::size_t blockBytes,
                                         std::initializer_list<std::size_t> places)
{
    for (std::size_t block = 0; block < blocks; ++block) {
        for (const std::size_t place : places) {
            std::uint16_t bits = 0;
            std::memcpy(&bits, data + block * blockBytes + place, sizeof bits);
            if (isBadHalf(bits))
                return block;
        }
    }
    return std::nullopt;
}

/// Index of the first wrong element (of its block's first element) among whole blocks.
std::optional<std::size_t> firstBadElement(DType type, const std::byte* data, std::size_t blocks)
{
    const BlockLayout layout = blockLayout(type);
    std::optional<std::size_t> block;
    switch (type) {
    case DType::f32:
        block = firstBad<std::uint32_t>(
            data, blocks, [](std::uint32_t v) { return (v & 0x7F800000U) == 0x7F800000U; });
        break;
    case DType::f16:
        block = firstBad<std::uint16_t>(data, blocks, isBadHalf);
        break;
    case DType::bf16:
        block = firstBad<std::uint16_t>(data, blocks,
                                        [](std::uint16_t v) { return (v & 0x7F80U) == 0x7F80U; });
        break;
    case DType::f8e4m3:
        block = firstBad<std::uint8_t>(data, blocks,
                                       [](std::uint8_t v) { return (v & 0x7FU) == 0x7FU; });
        break;
    case DType::f8e8m0:
        block =
            firstBad<std::uint8_t>(data, blocks, [](std::uint8_t v) { return v > kLargestScale; });
        break;
    case DType::q8_0:
    case DType::iq2_xxs:
        block = firstBadBlock(data, blocks, layout.bytes, {0});
        break;
    case DType::q4_k:
        block = firstBadBlock(data, blocks, layout.bytes, {0, 2});
        break;
    case DType::q2_k:
        block = firstBadBlock(data, blocks, layout.bytes, {80, 82});
        break;
    case DType::mxfp4:
        for (std::size_t i = 0; i < blocks && !block; ++i) {
            if (static_cast<std::uint8_t>(data[i * layout.bytes]) > kLargestScale)
                block = i;
        }
        break;
    case DType::i8: // FP4 knows neither
    case DType::i32:
    case DType::i64:
        break;
    }
    if (!block)
        return std::nullopt;
    return *block * layout.elements;
}

std::string elementText(const TensorView& tensor, std::size_t element)
{
    std::vector<std::size_t> place(tensor.shape.size());
    for (std::size_t i = place.size(); i-- > 0;) {
        place[i] = element % std::max<std::size_t>(1, tensor.shape[i]);
        element /= std::max<std::size_t>(1, tensor.shape[i]);
    }
    return shapeText(place);
}

Error errorAt(const TensorView& tensor, std::size_t element)
{
    const bool isScale = tensor.type == DType::f8e8m0;
    return {ErrorCode::badInput,
            fmt::format("{}: tensor {}: wanted {}, found {} at element {}", tensor.file->string(),
                        tensor.name, isScale ? "finite scales up to 2^119" : "finite numbers",
                        isScale ? "NaN or more" : "NaN or infinity", elementText(tensor, element))};
}

} // namespace

Result<void> checkTensor(const TensorView& tensor)
{
    const BlockLayout layout = blockLayout(tensor.type);
    const auto bad =
        firstBadElement(tensor.type, tensor.bytes.data(), tensor.bytes.size() / layout.bytes);
    if (bad)
        return tl::unexpected(errorAt(tensor, *bad));
    return {};
}

Result<void> checkWeights(const Checkpoint& checkpoint, const CheckProgress& progress,
                          std::stop_token stop)
{
    std::uint64_t total = 0;
    for (const auto& [name, tensor] : checkpoint.tensors())
        total += tensor.bytes.size();
    std::uint64_t done = 0;
    for (const auto& [name, tensor] : checkpoint.tensors()) {
        const BlockLayout layout = blockLayout(tensor.type);
        const std::size_t blocks = tensor.bytes.size() / layout.bytes;
        const std::size_t step = kPiece / layout.bytes;
        for (std::size_t at = 0; at < blocks; at += step) {
            if (stop.stop_requested())
                return fail(ErrorCode::cancelled, fmt::format("{}: cancelled while checking",
                                                              checkpoint.path().string()));
            const std::size_t count = std::min(step, blocks - at);
            const auto bad =
                firstBadElement(tensor.type, tensor.bytes.data() + at * layout.bytes, count);
            if (bad)
                return tl::unexpected(errorAt(tensor, at * layout.elements + *bad));
            done += count * layout.bytes;
            if (progress)
                progress(done, total);
        }
    }
    return {};
}

} // namespace engine
