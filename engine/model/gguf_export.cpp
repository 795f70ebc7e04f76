// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/export_gguf.h"

#include <bit>
#include <cstring>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/expected_tensors.h"
#include "model/gguf.h"
#include "model/gguf_tokenizer.h"
#include "model/gguf_writer.h"
#include "model/half_float.h"
#include "model/model_files.h"
#include "model/tensor_names.h"
#include "model/weights.h"

namespace engine {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kFp4Group = 32;

/// One tensor of the file: one official tensor, or the experts of a layer stacked.
struct Planned
{
    std::string name;
    DType type = DType::f32;
    std::vector<std::size_t> shape;
    std::vector<RowTable> parts; ///< outermost extent, where there are several
};

class Exporter
{
public:
    Exporter(const ModelFiles& files, GgufTypes types) : m_files(files), m_types(types) {}

    Result<void> plan()
    {
        for (const ExpectedTensor& tensor : expectedTensors(m_files.config, 0)) {
            if (auto planned = planOne(tensor); !planned)
                return planned;
        }
        for (Planned& tensor : m_planned)
            tensor.type = typeFor(tensor);
        return {};
    }

    Result<GgufExport> write(const fs::path& file, const std::stop_token& stop);

private:
    Result<void> planOne(const ExpectedTensor& tensor);
    [[nodiscard]] Result<RowTable> fetch(const ExpectedTensor& tensor) const;
    [[nodiscard]] DType typeFor(const Planned& tensor) const;
    void addMetadata(GgufHeader& header) const;

    const ModelFiles& m_files;
    GgufTypes m_types;
    std::vector<Planned> m_planned;
};

Result<RowTable> Exporter::fetch(const ExpectedTensor& tensor) const
{
    const auto wrong = [&](const std::string& wanted, const std::string& found) {
        return fail(ErrorCode::badInput,
                    fmt::format("{}: tensor {}: wanted {}, found {}",
                                m_files.checkpoint->path().string(), tensor.name, wanted, found));
    };
    const TensorView* view = m_files.checkpoint->find(tensor.name);
    if (view == nullptr)
        return wrong(shapeText(tensor.shape), "nothing");
    std::vector<std::size_t> stored = tensor.shape;
    const bool isFp4 = view->type == DType::i8;
    if (isFp4)
        stored.back() = (stored.back() + 1) / 2;
    if (view->shape != stored)
        return wrong(shapeText(stored), shapeText(view->shape));
    RowTable table{*view, {}};
    if (!isFp4 && view->type != DType::f8e4m3)
        return table;
    const TensorView* scale = m_files.checkpoint->find(scaleNameOf(tensor.name));
    const std::vector<std::size_t> wanted{isFp4 ? tensor.shape[0] : (tensor.shape[0] + 127) / 128,
                                          isFp4 ? (tensor.shape[1] + 31) / 32
                                                : (tensor.shape[1] + 127) / 128};
    if (scale == nullptr || scale->type != DType::f8e8m0 || scale->shape != wanted)
        return wrong(fmt::format("scales F8_E8M0 {}", shapeText(wanted)),
                     scale == nullptr ? "none" : shapeText(scale->shape));
    table.scale = *scale;
    return table;
}

/// Experts follow one another in the list: the first one opens a stack, the others join it.
Result<void> Exporter::planOne(const ExpectedTensor& tensor)
{
    auto table = fetch(tensor);
    if (!table)
        return tl::unexpected(table.error());
    if (tensor.role != TensorRole::expert) {
        m_planned.push_back({ggufName(tensor.name), DType::f32, tensor.shape, {*table}});
        return {};
    }
    const std::size_t at = tensor.name.find(".experts.") + 9;
    const std::string name =
        ggufName(tensor.name.substr(0, at) + tensor.name.substr(tensor.name.find('.', at) + 1));
    for (auto stack = m_planned.rbegin(); stack != m_planned.rend(); ++stack) {
        if (stack->name == name) {
            stack->parts.push_back(*table);
            return {};
        }
        if (stack->parts.size() == 1 && stack->shape.size() < 3)
            break;
    }
    m_planned.push_back({name,
                         DType::f32,
                         {m_files.config.routedExperts, tensor.shape[0], tensor.shape[1]},
                         {*table}});
    return {};
}

DType Exporter::typeFor(const Planned& tensor) const
{
    const TensorView& first = tensor.parts.front().weight;
    if (first.type == DType::i64 || first.type == DType::i32)
        return DType::i32;
    // llama.cpp wants what is added to activations, and its routers and mixers, in float32.
    const bool isSmall = tensor.shape.size() < 2 ||
                         tensor.name.find("_ape.") != std::string::npos ||
                         tensor.name.find("hc_") != std::string::npos ||
                         tensor.name.find("ffn_gate_inp") != std::string::npos;
    if (m_types == GgufTypes::float32 || isSmall || first.type == DType::f32)
        return DType::f32;
    if (first.type == DType::i8 && tensor.shape.back() % kFp4Group == 0)
        return DType::mxfp4;
    if (first.type == DType::f16)
        return DType::f16;
    std::vector<float> row(tensor.shape.back());
    for (const RowTable& part : tensor.parts) {
        const TensorView* scale = part.scale ? &*part.scale : nullptr;
        for (std::size_t i = 0; i < tensor.shape[tensor.shape.size() - 2]; ++i) {
            dequantizeRow(part.weight, scale, i, row);
            for (const float value : row) {
                if (!exactHalf(value))
                    return DType::bf16;
            }
        }
    }
    return DType::f16;
}

/// ggml pairs value j of a group with value j + 16; the checkpoint pairs neighbours.
void appendMxfp4(const RowTable& part, std::size_t row, std::size_t inputs, std::string& out)
{
    const auto* codes = reinterpret_cast<const std::uint8_t*>(part.weight.bytes.data()) +
                        row * part.weight.shape[1];
    const auto* scales = reinterpret_cast<const std::uint8_t*>(part.scale->bytes.data()) +
                         row * part.scale->shape[1];
    const auto nibble = [&](std::size_t k) {
        return static_cast<unsigned>(k % 2 == 0 ? codes[k / 2] & 0xFU : codes[k / 2] >> 4U);
    };
    for (std::size_t group = 0; group < inputs / kFp4Group; ++group) {
        out.push_back(static_cast<char>(scales[group]));
        for (std::size_t j = 0; j < kFp4Group / 2; ++j) {
            const std::size_t k = group * kFp4Group + j;
            out.push_back(static_cast<char>(nibble(k) | nibble(k + kFp4Group / 2) << 4U));
        }
    }
}

template <typename Number>
void append(std::string& out, Number value)
{
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// One row of a tensor in the type that it gets.
void appendRow(const Planned& tensor, const RowTable& part, std::size_t row,
               std::vector<float>& scratch, std::string& out)
{
    const std::size_t inputs = tensor.shape.back();
    if (tensor.type == DType::mxfp4)
        return appendMxfp4(part, row, inputs, out);
    if (tensor.type == DType::i32) {
        const std::size_t width = blockLayout(part.weight.type).bytes;
        for (std::size_t i = 0; i < inputs; ++i) // the lower half of I64: ids are small
            out.append(reinterpret_cast<const char*>(part.weight.bytes.data()) +
                           (row * inputs + i) * width,
                       sizeof(std::int32_t));
        return;
    }
    scratch.resize(inputs);
    dequantizeRow(part.weight, part.scale ? &*part.scale : nullptr, row, scratch);
    for (const float value : scratch) {
        if (tensor.type == DType::f32)
            append(out, value);
        else
            append(out, tensor.type == DType::f16 ? *exactHalf(value) : toBFloat16(value));
    }
}

void Exporter::addMetadata(GgufHeader& header) const
{
    const ModelConfig& config = m_files.config;
    const auto number = [&](const char* key, std::size_t value) {
        header.addNumber(fmt::format("deepseek4.{}", key), static_cast<std::uint32_t>(value));
    };
    const auto fraction = [&](const char* key, double value) {
        header.addFraction(fmt::format("deepseek4.{}", key), static_cast<float>(value));
    };
    header.addText("general.architecture", "deepseek4");
    header.addText("general.type", "model");
    header.addText("general.name", fs::weakly_canonical(m_files.directory).filename().string());
    header.addNumber("general.alignment", static_cast<std::uint32_t>(GgufHeader::kAlignment));
    header.addNumber("general.quantization_version", 2);
    header.addText("lectern.numerics", numericModeName(config.numerics));
    number("block_count", config.numLayers);
    number("context_length", config.maxPositions);
    number("embedding_length", config.modelDim);
    number("vocab_size", config.vocabSize);
    number("attention.head_count", config.numHeads);
    number("attention.head_count_kv", 1);
    number("attention.key_length", config.headDim);
    number("attention.value_length", config.headDim);
    number("attention.q_lora_rank", config.queryRank);
    number("attention.output_lora_rank", config.outputRank);
    number("attention.output_group_count", config.outputGroups);
    number("attention.sliding_window", config.windowTokens);
    fraction("attention.layer_norm_rms_epsilon", static_cast<double>(config.normEps));
    fraction("attention.compress_rope_freq_base", config.compressRopeTheta);
    const std::vector<std::int32_t> ratios(config.compressRatios.begin(),
                                           config.compressRatios.end());
    header.addNumbers("deepseek4.attention.compress_ratios", ratios);
    number("attention.indexer.head_count", config.indexHeads);
    number("attention.indexer.key_length", config.indexHeadDim);
    number("attention.indexer.top_k", config.indexTopK);
    number("rope.dimension_count", config.ropeDim);
    fraction("rope.freq_base", config.ropeTheta);
    if (config.yarnFactor != 1.0) {
        header.addText("deepseek4.rope.scaling.type", "yarn");
        fraction("rope.scaling.factor", config.yarnFactor);
        number("rope.scaling.original_context_length",
               static_cast<std::size_t>(config.yarnOriginalPositions));
        fraction("rope.scaling.yarn_beta_fast", config.yarnBetaFast);
        fraction("rope.scaling.yarn_beta_slow", config.yarnBetaSlow);
    }
    number("expert_count", config.routedExperts);
    number("expert_used_count", config.expertsPerToken);
    number("expert_shared_count", config.sharedExperts);
    number("expert_feed_forward_length", config.expertDim);
    fraction("expert_weights_scale", static_cast<double>(config.routedScale));
    header.addFlag("deepseek4.expert_weights_norm", true);
    number("expert_gating_func", 4); // sqrtsoftplus
    number("hash_layer_count", config.numHashLayers);
    header.addFractions("deepseek4.swiglu_clamp_exp",
                        std::vector<float>(config.numLayers, config.swigluLimit));
    number("hyper_connection.count", config.hcStreams);
    number("hyper_connection.sinkhorn_iterations", config.hcSinkhornIterations);
    fraction("hyper_connection.epsilon", static_cast<double>(config.hcEps));
}

Result<GgufExport> Exporter::write(const fs::path& file, const std::stop_token& stop)
{
    GgufExport report;
    GgufHeader header;
    addMetadata(header);
    if (auto added = addTokenizer(m_files.directory, m_files.config, header); !added)
        return tl::unexpected(added.error());
    std::uint64_t largest = 0;
    for (const Planned& tensor : m_planned) {
        largest = std::max(largest, header.addTensor(tensor.name, tensor.type, tensor.shape));
        ++report.tensorsByType[dtypeName(tensor.type)];
    }
    report.tensors = m_planned.size();
    fs::path unfinished = file;
    unfinished += ".unfinished";
    std::ofstream stream(unfinished, std::ios::binary | std::ios::trunc);
    const auto refused = [&](ErrorCode code, const std::string& what) {
        stream.close();
        std::error_code ignored;
        fs::remove(unfinished, ignored);
        return fail(code, fmt::format("{}: {}", file.string(), what));
    };
    std::string bytes = header.bytes();
    std::vector<float> scratch;
    for (const Planned& tensor : m_planned) {
        const std::size_t rows =
            tensor.shape.size() < 2 ? 1 : tensor.shape[tensor.shape.size() - 2];
        for (const RowTable& part : tensor.parts) {
            for (std::size_t row = 0; row < rows; ++row)
                appendRow(tensor, part, row, scratch, bytes);
            stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
            report.fileBytes += bytes.size();
            bytes.clear();
            if (stop.stop_requested())
                return refused(ErrorCode::cancelled, "cancelled while writing");
        }
        bytes.resize((GgufHeader::kAlignment - report.fileBytes % GgufHeader::kAlignment) %
                     GgufHeader::kAlignment);
    }
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    report.fileBytes += bytes.size();
    stream.close();
    if (!stream)
        return refused(ErrorCode::io, fmt::format("cannot be written: {}", std::strerror(errno)));
    std::error_code error;
    fs::rename(unfinished, file, error);
    if (error)
        return refused(ErrorCode::io, fmt::format("cannot be written: {}", error.message()));
    return report;
}

} // namespace

Result<GgufExport> exportGguf(const fs::path& model, const fs::path& file, GgufTypes types,
                              std::stop_token stop)
{
    auto files = openModelFiles(model);
    if (!files)
        return tl::unexpected(files.error());
    if (files->checkpoint->ggufMetadata() != nullptr)
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted safetensors, found GGUF already", model.string()));
    Exporter exporter(*files, types);
    if (auto planned = exporter.plan(); !planned)
        return tl::unexpected(planned.error());
    auto report = exporter.write(file, stop);
    if (!report)
        return report;
    for (const auto& [name, tensor] : files->checkpoint->tensors()) {
        if (name.starts_with("mtp."))
            ++report->mtpTensorsLeftOut;
    }
    return report;
}

} // namespace engine
