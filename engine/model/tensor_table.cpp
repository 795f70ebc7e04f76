// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string_view>
#include <thread>
#include <unordered_set>

#include <fmt/format.h>

#include "kernels/panel_decoder.h"
#include "model/weight_check.h"
#include "model/weights.h"

namespace engine {

namespace {

/// Scales up to this size are looked at when they are bound: those of FP8. What stands beside FP4
/// is a fifteenth of the whole checkpoint; checkWeights reads it when asked to.
constexpr std::size_t kLargestCheckedScale = std::size_t{64} << 10U;

/// Panels up to this size, and up to this share of the memory that is free, are made when the
/// model is opened: docs/adr/0007-weights-as-stored.md has the figures.
constexpr std::uint64_t kSmallPanels = std::uint64_t{1} << 30U;
constexpr std::uint64_t kFreeMemoryShare = 4;

/// Bytes that can be had without swapping; 0 if the system does not say.
std::uint64_t availableMemory()
{
    std::ifstream info("/proc/meminfo");
    for (std::string name, rest; info >> name && std::getline(info, rest);) {
        if (name == "MemAvailable:")
            return std::strtoull(rest.c_str(), nullptr, 10) * 1024U;
    }
    return 0;
}

bool wantsPanels(Residency residency, std::uint64_t panelBytes)
{
    if (residency != Residency::automatic)
        return residency == Residency::panels;
    // As LECTERN_ISA: for tests and comparisons.
    if (const char* wanted = std::getenv("LECTERN_WEIGHTS"); wanted != nullptr) {
        if (std::string_view(wanted) == "mapped")
            return false;
        if (std::string_view(wanted) == "panels")
            return true;
    }
    return panelBytes <= kSmallPanels && panelBytes <= availableMemory() / kFreeMemoryShare;
}

/// Fetches tensors by name, checks them, and remembers the first thing that is wrong, so that the
/// table below reads as a table.
class Binder
{
public:
    Binder(const Checkpoint& checkpoint, ModelWeights& weights)
        : m_checkpoint(checkpoint), m_weights(weights)
    {
    }

    [[nodiscard]] bool failed() const { return m_failed; }
    [[nodiscard]] const Error& error() const { return m_error; }

    /// A matrix [outputs, inputs] in any stored format.
    void matrix(const std::string& name, std::size_t outputs, std::size_t inputs, PackedMatrix& out)
    {
        if (const auto table = rows(name, outputs, inputs))
            map(out, inputs, stored(*table, 0, outputs, inputs));
    }

    /// w1 and w3 of an expert in one matrix, gate rows first.
    void gateUp(const std::string& prefix, std::size_t expertDim, std::size_t modelDim,
                PackedMatrix& out)
    {
        const auto gate = rows(prefix + "w1.weight", expertDim, modelDim);
        const auto up = rows(prefix + "w3.weight", expertDim, modelDim);
        if (gate && up)
            map(out, modelDim, stored(*gate, 0, expertDim, modelDim),
                stored(*up, 0, expertDim, modelDim));
    }

    /// The rows of group g of wo_a are g * rank to (g + 1) * rank.
    void grouped(const std::string& name, std::size_t groups, std::size_t rank, std::size_t inputs,
                 std::vector<PackedMatrix>& out)
    {
        const auto table = rows(name, groups * rank, inputs);
        if (!table)
            return;
        out.resize(groups);
        for (std::size_t group = 0; group < groups; ++group)
            map(out[group], inputs, stored(*table, group * rank, rank, inputs));
    }

    void vector(const std::string& name, std::vector<std::size_t> shape, std::vector<float>& out)
    {
        const TensorView* tensor = fetch(name);
        if (tensor == nullptr)
            return;
        if (tensor->shape != shape)
            return note(*tensor, shapeText(shape), shapeText(tensor->shape));
        if (!isVectorFormat(tensor->type))
            return note(*tensor, "F32, F16, BF16 or a block format", dtypeName(tensor->type));
        std::size_t size = 1;
        for (const std::size_t extent : shape)
            size *= extent;
        m_weights.parameterCount += size;
        m_weights.residentBytes += size * sizeof(float);
        out.resize(size);
        dequantizeRow(*tensor, nullptr, 0, out);
        if (!std::all_of(out.begin(), out.end(), [](float v) { return std::isfinite(v); }))
            note(*tensor, "finite numbers", "NaN or infinity");
    }

    void tokenMap(const std::string& name, std::size_t vocab, std::size_t perToken,
                  std::size_t experts, std::vector<std::int32_t>& out)
    {
        const TensorView* tensor = fetch(name);
        if (tensor == nullptr)
            return;
        const std::vector<std::size_t> shape{vocab, perToken};
        if (tensor->shape != shape)
            return note(*tensor, shapeText(shape), shapeText(tensor->shape));
        if (tensor->type != DType::i64 && tensor->type != DType::i32)
            return note(*tensor, "I64 or I32", dtypeName(tensor->type));
        out.resize(vocab * perToken);
        for (std::size_t i = 0; i < out.size(); ++i) {
            std::int64_t value = 0;
            if (tensor->type == DType::i64) {
                std::memcpy(&value, tensor->bytes.data() + i * 8, 8);
            } else {
                std::int32_t narrow = 0;
                std::memcpy(&narrow, tensor->bytes.data() + i * 4, 4);
                value = narrow;
            }
            if (value < 0 || static_cast<std::size_t>(value) >= experts)
                return note(*tensor, fmt::format("expert ids below {}", experts),
                            fmt::format("{} at {}", value, i));
            out[i] = static_cast<std::int32_t>(value);
        }
    }

    /// A matrix [outputs, inputs] kept as stored, with its scale where the format has one.
    std::optional<RowTable> rows(const std::string& name, std::size_t outputs, std::size_t inputs)
    {
        const TensorView* tensor = fetch(name);
        if (tensor == nullptr)
            return std::nullopt;
        const bool isFp4 = tensor->type == DType::i8;
        const std::vector<std::size_t> shape{outputs, isFp4 ? (inputs + 1) / 2 : inputs};
        if (tensor->shape != shape) {
            note(*tensor, fmt::format("{} {}", dtypeName(tensor->type), shapeText(shape)),
                 shapeText(tensor->shape));
            return std::nullopt;
        }
        if (!isWeightFormat(tensor->type)) {
            note(*tensor, "a format of weights", dtypeName(tensor->type));
            return std::nullopt;
        }
        const BlockLayout block = blockLayout(tensor->type);
        if (inputs % block.elements != 0) {
            note(*tensor,
                 fmt::format("{} in rows of a multiple of {}", dtypeName(tensor->type),
                             block.elements),
                 fmt::format("{}", inputs));
            return std::nullopt;
        }
        RowTable table;
        table.weight = *tensor;
        m_weights.parameterCount += outputs * inputs;
        if (tensor->type == DType::f8e4m3 || isFp4)
            return withScale(std::move(table), name, outputs, inputs);
        return table;
    }

    /// A tensor that nothing here asks for says that the model computes something else. Blocks that
    /// draft (mtp.*) do not change what the trunk computes.
    void refuseSurplus()
    {
        for (const auto& [name, tensor] : m_checkpoint.tensors()) {
            if (m_used.contains(&tensor) || name.rfind("mtp.", 0) == 0)
                continue;
            if (name.find("bias_vl") != std::string::npos || name.rfind("vision", 0) == 0)
                return note(tensor, "a text model",
                            "a part for images (DeepSeek-V4 with vision is not supported)");
            return note(tensor, "only tensors of the deepseek_v4 layout", "one more");
        }
    }

    /// Settles where the matrices noted so far live, and unpacks them on all cores where that is in
    /// memory.
    void place(Residency residency)
    {
        std::uint64_t panelBytes = 0;
        for (const PackedMatrix* matrix : m_matrices)
            panelBytes += matrix->numPanels() * matrix->panelBytes();
        m_weights.isMapped = !wantsPanels(residency, panelBytes);
        if (m_weights.isMapped)
            return;
        m_weights.residentBytes += panelBytes;
        const Isa isa = supportedIsas().back();
        const unsigned threads = std::max(1U, std::min(16U, std::thread::hardware_concurrency()));
        std::vector<std::jthread> workers;
        for (unsigned worker = 0; worker < threads; ++worker) {
            workers.emplace_back([this, worker, threads, isa] {
                for (std::size_t i = worker; i < m_matrices.size(); i += threads)
                    *m_matrices[i] = unpacked(isa, *m_matrices[i]);
            });
        }
    }

private:
    static StoredRows stored(const RowTable& table, std::size_t firstRow, std::size_t rowCount,
                             std::size_t inputs)
    {
        return storedRows(table.weight, table.scale ? &*table.scale : nullptr, firstRow, rowCount,
                          inputs);
    }

    void map(PackedMatrix& out, std::size_t inputs, const StoredRows& first,
             const StoredRows& second = {})
    {
        out = PackedMatrix::mapped(inputs, first, second);
        m_matrices.push_back(&out);
    }

    std::optional<RowTable> withScale(RowTable table, const std::string& name, std::size_t outputs,
                                      std::size_t inputs)
    {
        std::string scaleName = name;
        scaleName.replace(scaleName.rfind("weight"), 6, "scale");
        const TensorView* scale = fetch(scaleName);
        if (scale == nullptr)
            return std::nullopt;
        const bool isFp4 = table.weight.type == DType::i8;
        const std::vector<std::size_t> shape{isFp4 ? outputs : (outputs + 127) / 128,
                                             isFp4 ? (inputs + 31) / 32 : (inputs + 127) / 128};
        if (scale->type != DType::f8e8m0 || scale->shape != shape) {
            note(*scale, fmt::format("F8_E8M0 {}", shapeText(shape)),
                 fmt::format("{} {}", dtypeName(scale->type), shapeText(scale->shape)));
            return std::nullopt;
        }
        if (scale->bytes.size() <= kLargestCheckedScale) {
            if (auto checked = checkTensor(*scale); !checked) {
                m_failed = true;
                m_error = checked.error();
                return std::nullopt;
            }
        }
        table.scale = *scale;
        return table;
    }

    const TensorView* fetch(const std::string& name)
    {
        if (m_failed)
            return nullptr;
        const TensorView* tensor = m_checkpoint.find(name);
        m_used.insert(tensor);
        if (tensor == nullptr) {
            m_failed = true;
            m_error = {ErrorCode::badInput,
                       fmt::format("{}: tensor {} is missing", m_checkpoint.path().string(), name)};
        }
        return tensor;
    }

    void note(const TensorView& tensor, const std::string& wanted, const std::string& found)
    {
        if (m_failed)
            return;
        m_failed = true;
        m_error = {ErrorCode::badInput,
                   fmt::format("{}: tensor {}: wanted {}, found {}", tensor.file->string(),
                               tensor.name, wanted, found)};
    }

    const Checkpoint& m_checkpoint;
    ModelWeights& m_weights;
    std::vector<PackedMatrix*> m_matrices; ///< stay where they are until place()
    std::unordered_set<const TensorView*> m_used;
    bool m_failed = false;
    Error m_error;
};

constexpr std::size_t kHeadScales = 1;
constexpr std::size_t kLayerScales = 3;

void bindHyperConnection(Binder& binder, const std::string& prefix, std::size_t mixes,
                         std::size_t scales, const ModelConfig& config, HyperConnectionWeights& out)
{
    binder.matrix(prefix + "_fn", mixes, config.hcStreams * config.modelDim, out.fn);
    binder.vector(prefix + "_base", {mixes}, out.base);
    binder.vector(prefix + "_scale", {scales}, out.scale);
}

void bindCompressor(Binder& binder, const std::string& prefix, std::size_t ratio,
                    std::size_t rowDim, const ModelConfig& config, CompressorWeights& out)
{
    out.ratio = ratio;
    out.rowDim = rowDim;
    out.overlap = ratio == ModelConfig::kCsaRatio;
    binder.matrix(prefix + "wkv.weight", out.width(), config.modelDim, out.wkv);
    binder.matrix(prefix + "wgate.weight", out.width(), config.modelDim, out.wgate);
    binder.vector(prefix + "ape", {ratio, out.width()}, out.ape);
    binder.vector(prefix + "norm.weight", {rowDim}, out.norm);
}

void bindAttention(Binder& binder, const std::string& prefix, std::size_t ratio,
                   const ModelConfig& config, AttentionWeights& out)
{
    const std::size_t groupDim = config.numHeads / config.outputGroups * config.headDim;
    binder.matrix(prefix + "wq_a.weight", config.queryRank, config.modelDim, out.wqA);
    binder.vector(prefix + "q_norm.weight", {config.queryRank}, out.qNorm);
    binder.matrix(prefix + "wq_b.weight", config.numHeads * config.headDim, config.queryRank,
                  out.wqB);
    binder.matrix(prefix + "wkv.weight", config.headDim, config.modelDim, out.wkv);
    binder.vector(prefix + "kv_norm.weight", {config.headDim}, out.kvNorm);
    binder.grouped(prefix + "wo_a.weight", config.outputGroups, config.outputRank, groupDim,
                   out.woA);
    binder.matrix(prefix + "wo_b.weight", config.modelDim, config.outputGroups * config.outputRank,
                  out.woB);
    binder.vector(prefix + "attn_sink", {config.numHeads}, out.attentionSink);
    if (ratio == 0)
        return;
    bindCompressor(binder, prefix + "compressor.", ratio, config.headDim, config,
                   out.compressor.emplace());
    if (ratio != ModelConfig::kCsaRatio)
        return;
    IndexerWeights& indexer = out.indexer.emplace();
    binder.matrix(prefix + "indexer.wq_b.weight", config.indexHeads * config.indexHeadDim,
                  config.queryRank, indexer.wqB);
    binder.matrix(prefix + "indexer.weights_proj.weight", config.indexHeads, config.modelDim,
                  indexer.weightsProj);
    bindCompressor(binder, prefix + "indexer.compressor.", ratio, config.indexHeadDim, config,
                   indexer.compressor);
}

void bindMoe(Binder& binder, const std::string& prefix, bool hashRouting, const ModelConfig& config,
             MoeWeights& out)
{
    binder.matrix(prefix + "gate.weight", config.routedExperts, config.modelDim, out.gate);
    if (hashRouting)
        binder.tokenMap(prefix + "gate.tid2eid", config.vocabSize, config.expertsPerToken,
                        config.routedExperts, out.tokenMap);
    else
        binder.vector(prefix + "gate.bias", {config.routedExperts}, out.selectionBias);
    out.experts.resize(config.routedExperts);
    for (std::size_t e = 0; e < config.routedExperts; ++e) {
        const std::string expert = fmt::format("{}experts.{}.", prefix, e);
        binder.gateUp(expert, config.expertDim, config.modelDim, out.experts[e].gateUp);
        binder.matrix(expert + "w2.weight", config.modelDim, config.expertDim, out.experts[e].down);
    }
    if (config.sharedExperts == 0)
        return;
    ExpertWeights& shared = out.shared.emplace();
    const std::size_t sharedDim = config.sharedExperts * config.expertDim;
    binder.gateUp(prefix + "shared_experts.", sharedDim, config.modelDim, shared.gateUp);
    binder.matrix(prefix + "shared_experts.w2.weight", config.modelDim, sharedDim, shared.down);
}

void bindLayer(Binder& binder, const std::string& prefix, std::size_t ratio, bool hashRouting,
               const ModelConfig& config, LayerWeights& out)
{
    const std::size_t mixes = (2 + config.hcStreams) * config.hcStreams;
    bindHyperConnection(binder, prefix + "hc_attn", mixes, kLayerScales, config, out.hcAttention);
    bindHyperConnection(binder, prefix + "hc_ffn", mixes, kLayerScales, config, out.hcFfn);
    binder.vector(prefix + "attn_norm.weight", {config.modelDim}, out.attentionNorm);
    binder.vector(prefix + "ffn_norm.weight", {config.modelDim}, out.ffnNorm);
    bindAttention(binder, prefix + "attn.", ratio, config, out.attention);
    bindMoe(binder, prefix + "ffn.", hashRouting, config, out.moe);
}

/// Refreshed checkpoints carry another drafter (DSpark) under the same prefix; only the MTP block
/// has enorm and hnorm (reference section 4.5).
void bindMtp(Binder& binder, const Checkpoint& checkpoint, const ModelConfig& config,
             ModelWeights& weights)
{
    const std::string prefix = "mtp.0.";
    const auto first = checkpoint.tensors().lower_bound("mtp.");
    if (first == checkpoint.tensors().end() || first->first.rfind("mtp.", 0) != 0)
        return;
    if (checkpoint.find(prefix + "enorm.weight") == nullptr &&
        checkpoint.find(prefix + "hnorm.weight") == nullptr) {
        weights.mtpNote = "its drafter is no MTP block (mtp.0.enorm and mtp.0.hnorm are missing, "
                          "as in DSpark checkpoints) and is left out";
        return;
    }
    const std::uint64_t trunk = weights.parameterCount;
    MtpWeights& mtp = weights.mtp.emplace();
    binder.vector(prefix + "enorm.weight", {config.modelDim}, mtp.embeddingNorm);
    binder.vector(prefix + "hnorm.weight", {config.modelDim}, mtp.streamNorm);
    binder.matrix(prefix + "e_proj.weight", config.modelDim, config.modelDim,
                  mtp.embeddingProjection);
    binder.matrix(prefix + "h_proj.weight", config.modelDim, config.modelDim, mtp.streamProjection);
    bindLayer(binder, prefix, 0, false, config, mtp.layer);
    bindHyperConnection(binder, prefix + "hc_head", config.hcStreams, kHeadScales, config,
                        mtp.hcHead);
    binder.vector(prefix + "norm.weight", {config.modelDim}, mtp.norm);
    mtp.parameterCount = weights.parameterCount - trunk;
    weights.parameterCount = trunk;
}

} // namespace

Result<ModelWeights> bindWeights(const Checkpoint& checkpoint, const ModelConfig& config,
                                 Residency residency)
{
    ModelWeights weights;
    Binder binder(checkpoint, weights);
    if (auto embedding = binder.rows("embed.weight", config.vocabSize, config.modelDim))
        weights.embedding = *embedding;
    weights.layers.resize(config.numLayers);
    for (std::size_t i = 0; i < config.numLayers && !binder.failed(); ++i) {
        bindLayer(binder, fmt::format("layers.{}.", i), config.compressRatios[i],
                  i < config.numHashLayers, config, weights.layers[i]);
    }
    bindHyperConnection(binder, "hc_head", config.hcStreams, kHeadScales, config, weights.hcHead);
    binder.vector("norm.weight", {config.modelDim}, weights.norm);
    binder.matrix("head.weight", config.vocabSize, config.modelDim, weights.head);
    bindMtp(binder, checkpoint, config, weights);
    if (!binder.failed())
        binder.refuseSurplus();
    if (!binder.failed())
        binder.place(residency);
    if (binder.failed())
        return tl::unexpected(binder.error());
    return weights;
}

} // namespace engine
