// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/index_directions.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "kernels/params.h"
#include "model/checkpoint.h"
#include "model/weights.h"

namespace engine {

namespace fs = std::filesystem;

namespace {

/// 2^31 / 2^15, less what rounding up the numbers of a direction can add.
constexpr float kMostSum = 65'000.0F;

Result<const TensorView*> tensorOf(const Checkpoint& file, const std::string& name, DType type,
                                   const std::vector<std::size_t>& shape)
{
    const TensorView* tensor = file.find(name);
    if (tensor == nullptr)
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted a tensor {}, found none", file.path().string(), name));
    if (tensor->type != type || tensor->shape != shape)
        return fail(ErrorCode::badInput,
                    fmt::format("{}: {}: wanted {} {}, found {} {}", file.path().string(), name,
                                dtypeName(type), shapeText(shape), dtypeName(tensor->type),
                                shapeText(tensor->shape)));
    return tensor;
}

Result<DirectionTable> tableOf(const Checkpoint& file, const std::string& name, std::size_t dim)
{
    auto tensor = tensorOf(file, name, DType::f32, {IndexDirections::kCount, dim});
    if (!tensor)
        return tl::unexpected(tensor.error());
    std::vector<float> numbers(IndexDirections::kCount * dim);
    std::memcpy(numbers.data(), (*tensor)->bytes.data(), (*tensor)->bytes.size());
    if (!std::ranges::all_of(numbers, [](float x) { return std::isfinite(x); }))
        return fail(ErrorCode::badInput, fmt::format("{}: {}: wanted finite numbers, found others",
                                                     file.path().string(), name));
    DirectionTable table;
    for (std::size_t c = 0; c < IndexDirections::kCount; ++c) {
        float sum = 0.0F;
        for (std::size_t d = 0; d < dim; ++d) {
            sum += std::abs(numbers[c * dim + d]);
            table.scale = std::max(table.scale, std::abs(numbers[c * dim + d]) / 32767.0F);
        }
        table.scale = std::max(table.scale, sum / kMostSum);
    }
    const std::size_t padded = roundUp(dim, 64);
    table.codes.reset(IndexDirections::kCount * padded);
    for (std::size_t i = 0; table.scale > 0.0F && i < numbers.size(); ++i)
        table.codes.data()[i / dim * padded + i % dim] =
            static_cast<std::int16_t>(std::lround(numbers[i] / table.scale));
    return table;
}

Result<IndexDirections> directionsOf(const Checkpoint& file, std::size_t layer,
                                     const ModelConfig& config)
{
    const std::string prefix = fmt::format("layers.{}.", layer);
    auto queries = tableOf(file, prefix + "query_directions", config.indexHeadDim);
    if (!queries)
        return tl::unexpected(queries.error());
    auto keys = tableOf(file, prefix + "key_directions", config.indexHeadDim);
    if (!keys)
        return tl::unexpected(keys.error());
    auto candidates = tensorOf(file, prefix + "candidates", DType::i32, {1});
    if (!candidates)
        return tl::unexpected(candidates.error());
    std::int32_t count = 0;
    std::memcpy(&count, (*candidates)->bytes.data(), sizeof count);
    if (count < 1 || static_cast<std::size_t>(count) < config.indexTopK)
        return fail(ErrorCode::badInput,
                    fmt::format("{}: {}candidates: wanted at least {} rows, found {}",
                                file.path().string(), prefix, config.indexTopK, count));
    IndexDirections directions;
    directions.queries = std::move(*queries);
    directions.keys = std::move(*keys);
    directions.candidates = static_cast<std::size_t>(count);
    return directions;
}

} // namespace

Result<void> addIndexDirections(const fs::path& directory, const std::string& fingerprint,
                                const ModelConfig& config, ModelWeights& weights)
{
    const fs::path path = directory / kIndexDirectionsFile;
    std::error_code ignored;
    if (!fs::exists(path, ignored))
        return {};
    auto file = Checkpoint::openFile(path);
    if (!file)
        return tl::unexpected(file.error());
    auto made = tensorOf(**file, "fingerprint", DType::i8, {fingerprint.size()});
    if (!made)
        return tl::unexpected(made.error());
    const std::string found(reinterpret_cast<const char*>((*made)->bytes.data()),
                            (*made)->bytes.size());
    if (found != fingerprint)
        return fail(ErrorCode::mismatch,
                    fmt::format("{}: made for another model: wanted fingerprint {}, found {}. "
                                "Without this file the model works too, a little slower",
                                path.string(), fingerprint, found));
    for (std::size_t layer = 0; layer < weights.layers.size(); ++layer) {
        auto& indexer = weights.layers[layer].attention.indexer;
        if (!indexer)
            continue;
        auto directions = directionsOf(**file, layer, config);
        if (!directions)
            return tl::unexpected(directions.error());
        indexer->directions = std::move(*directions);
    }
    return {};
}

} // namespace engine
