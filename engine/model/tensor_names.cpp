// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/tensor_names.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace engine {

namespace {

struct Renaming
{
    std::string_view from;
    std::string_view to;
};

/// Cuts `from` off the front of `text`.
bool takeFront(std::string_view& text, std::string_view from)
{
    if (!text.starts_with(from))
        return false;
    text.remove_prefix(from.size());
    return true;
}

/// Cuts a number and a dot off the front.
std::optional<std::size_t> takeNumber(std::string_view& text)
{
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end == text.data() + text.size() || *end != '.')
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return number;
}

/// The text with its first fitting beginning renamed.
template <std::size_t Count>
std::string renamedFront(const Renaming (&table)[Count], std::string_view text)
{
    for (const Renaming& entry : table) {
        if (takeFront(text, entry.from))
            return std::string(entry.to) + std::string(text);
    }
    return std::string(text);
}

/// A compressor's own tensors, wherever it stands.
constexpr Renaming kCompressor[] = {
    {"kv_proj.", "wkv."},
    {"gate_proj.", "wgate."},
    {"kv_norm.", "norm."},
    {"position_bias", "ape"},
};

constexpr Renaming kAttention[] = {
    {"sinks", "attn_sink"}, {"q_a_proj.", "wq_a."}, {"q_a_norm.", "q_norm."},
    {"q_b_proj.", "wq_b."}, {"kv_proj.", "wkv."},   {"o_a_proj.", "wo_a."},
    {"o_b_proj.", "wo_b."}, {"norm.", "kv_norm."},
};

constexpr Renaming kIndexer[] = {
    {"q_b_proj.", "wq_b."},
    {"scorer.weights_proj.", "weights_proj."},
};

constexpr Renaming kFeedForward[] = {
    {"gate.e_score_correction_bias", "gate.bias"},
    {"shared_experts.gate_proj.", "shared_experts.w1."},
    {"shared_experts.down_proj.", "shared_experts.w2."},
    {"shared_experts.up_proj.", "shared_experts.w3."},
};

constexpr Renaming kExpert[] = {
    {"gate_proj.", "w1."},
    {"down_proj.", "w2."},
    {"up_proj.", "w3."},
};

constexpr Renaming kLayer[] = {
    {"input_layernorm.", "attn_norm."}, {"post_attention_layernorm.", "ffn_norm."},
    {"attn_hc.hc_", "hc_attn_"},        {"attn_hc.", "hc_attn_"},
    {"ffn_hc.hc_", "hc_ffn_"},          {"ffn_hc.", "hc_ffn_"},
};

constexpr Renaming kGlobal[] = {
    {"embed_tokens.", "embed."},
    {"lm_head.", "head."},
    {"hc_head.hc_", "hc_head_"},
    {"hc_head.", "hc_head_"},
};

std::string attentionName(std::string_view rest)
{
    // transformers keeps the indexer inside the compressor, the checkpoint beside it.
    const bool nested = takeFront(rest, "compressor.indexer.");
    if (nested || takeFront(rest, "indexer.")) {
        takeFront(rest, "compressor.");
        std::string name = renamedFront(kIndexer, rest);
        if (name.starts_with("wq_b.") || name.starts_with("weights_proj."))
            return "indexer." + name;
        return "indexer.compressor." + renamedFront(kCompressor, name);
    }
    if (takeFront(rest, "compressor."))
        return "compressor." + renamedFront(kCompressor, rest);
    return renamedFront(kAttention, rest);
}

std::string feedForwardName(std::string_view rest)
{
    std::string_view expert = rest;
    if (takeFront(expert, "experts.")) {
        if (const auto number = takeNumber(expert))
            return fmt::format("experts.{}.{}", *number, renamedFront(kExpert, expert));
    }
    return renamedFront(kFeedForward, rest);
}

std::string layerName(std::string_view rest)
{
    if (takeFront(rest, "self_attn.") || takeFront(rest, "attn."))
        return "attn." + attentionName(rest);
    if (takeFront(rest, "mlp.") || takeFront(rest, "ffn."))
        return "ffn." + feedForwardName(rest);
    return renamedFront(kLayer, rest);
}

constexpr std::string_view kInverseScale = ".weight_scale_inv";

/// Part `index` of `count` equal ones along the first extent, without that extent when `drop`.
TensorView part(const TensorView& whole, std::size_t index, std::size_t count, bool drop)
{
    TensorView view = whole;
    const std::size_t bytes = whole.bytes.size() / count;
    view.bytes = whole.bytes.subspan(index * bytes, bytes);
    view.name = fmt::format("{}[{}{}]", whole.name, index, drop ? "" : fmt::format("/{}", count));
    if (drop)
        view.shape.erase(view.shape.begin());
    else
        view.shape[0] /= count;
    return view;
}

/// "layers.3.ffn.experts." and "gate_up_proj" of "model.layers.3.mlp.experts.gate_up_proj", and
/// what a tensor of scales has behind it.
struct FusedName
{
    std::string prefix;
    bool isGateUp = false;
    const char* suffix = "weight";
};

std::optional<FusedName> fusedName(const std::string& official)
{
    const std::size_t at = official.find(".ffn.experts.");
    if (at == std::string::npos)
        return std::nullopt;
    FusedName name;
    name.prefix = official.substr(0, at + 13);
    std::string_view rest = std::string_view(official).substr(at + 13);
    name.isGateUp = takeFront(rest, "gate_up_proj");
    if (!name.isGateUp && !takeFront(rest, "down_proj"))
        return std::nullopt;
    if (rest == "_scale_inv" || rest == "_scale" || rest == ".scale" || rest == ".weight_scale")
        name.suffix = "scale";
    else if (!rest.empty() && rest != ".weight")
        return std::nullopt;
    return name;
}

struct GgufName
{
    std::string_view official;
    std::string_view gguf;
};

constexpr GgufName kGgufGlobal[] = {
    {"embed.weight", "token_embd.weight"},     {"head.weight", "output.weight"},
    {"norm.weight", "output_norm.weight"},     {"hc_head_fn", "output_hc_fn.weight"},
    {"hc_head_base", "output_hc_base.weight"}, {"hc_head_scale", "output_hc_scale.weight"},
};

constexpr GgufName kGgufLayer[] = {
    {"attn_norm.weight", "attn_norm.weight"},
    {"ffn_norm.weight", "ffn_norm.weight"},
    {"hc_attn_fn", "hc_attn_fn.weight"},
    {"hc_attn_base", "hc_attn_base.weight"},
    {"hc_attn_scale", "hc_attn_scale.weight"},
    {"hc_ffn_fn", "hc_ffn_fn.weight"},
    {"hc_ffn_base", "hc_ffn_base.weight"},
    {"hc_ffn_scale", "hc_ffn_scale.weight"},
    {"attn.attn_sink", "attn_sinks.weight"},
    {"attn.wq_a.weight", "attn_q_a.weight"},
    {"attn.q_norm.weight", "attn_q_a_norm.weight"},
    {"attn.wq_b.weight", "attn_q_b.weight"},
    {"attn.wkv.weight", "attn_kv.weight"},
    {"attn.kv_norm.weight", "attn_kv_a_norm.weight"},
    {"attn.wo_a.weight", "attn_output_a.weight"},
    {"attn.wo_b.weight", "attn_output_b.weight"},
    {"attn.compressor.ape", "attn_compressor_ape.weight"},
    {"attn.compressor.wkv.weight", "attn_compressor_kv.weight"},
    {"attn.compressor.wgate.weight", "attn_compressor_gate.weight"},
    {"attn.compressor.norm.weight", "attn_compressor_norm.weight"},
    {"attn.indexer.wq_b.weight", "indexer.attn_q_b.weight"},
    {"attn.indexer.weights_proj.weight", "indexer.proj.weight"},
    {"attn.indexer.compressor.ape", "indexer_compressor_ape.weight"},
    {"attn.indexer.compressor.wkv.weight", "indexer_compressor_kv.weight"},
    {"attn.indexer.compressor.wgate.weight", "indexer_compressor_gate.weight"},
    {"attn.indexer.compressor.norm.weight", "indexer_compressor_norm.weight"},
    {"ffn.gate.weight", "ffn_gate_inp.weight"},
    {"ffn.gate.bias", "exp_probs_b.bias"},
    {"ffn.gate.tid2eid", "ffn_gate_tid2eid.weight"},
    {"ffn.experts.w1.weight", "ffn_gate_exps.weight"},
    {"ffn.experts.w2.weight", "ffn_down_exps.weight"},
    {"ffn.experts.w3.weight", "ffn_up_exps.weight"},
    {"ffn.shared_experts.w1.weight", "ffn_gate_shexp.weight"},
    {"ffn.shared_experts.w2.weight", "ffn_down_shexp.weight"},
    {"ffn.shared_experts.w3.weight", "ffn_up_shexp.weight"},
};

/// Beside those of a layer, in an MTP block.
constexpr GgufName kGgufMtp[] = {
    {"eh_proj.weight", "nextn.eh_proj.weight"},
    {"e_proj.weight", "nextn.e_proj.weight"},
    {"h_proj.weight", "nextn.h_proj.weight"},
    {"enorm.weight", "nextn.enorm.weight"},
    {"hnorm.weight", "nextn.hnorm.weight"},
    {"norm.weight", "nextn.shared_head_norm.weight"},
    {"hc_head_fn", "nextn.hc_head_fn.weight"},
    {"hc_head_base", "nextn.hc_head_base.weight"},
    {"hc_head_scale", "nextn.hc_head_scale.weight"},
};

template <std::size_t Count>
std::string_view officialIn(const GgufName (&table)[Count], std::string_view gguf)
{
    for (const GgufName& entry : table) {
        if (entry.gguf == gguf)
            return entry.official;
    }
    return {};
}

template <std::size_t Count>
std::string_view ggufIn(const GgufName (&table)[Count], std::string_view official)
{
    for (const GgufName& entry : table) {
        if (entry.official == official)
            return entry.gguf;
    }
    return {};
}

} // namespace

std::string officialName(std::string_view stored)
{
    std::string name;
    std::string_view rest = stored;
    takeFront(rest, "model.");
    std::string_view inLayer = rest;
    const bool isMtp = inLayer.starts_with("mtp.");
    if (takeFront(inLayer, "layers.") || takeFront(inLayer, "mtp.")) {
        const auto number = takeNumber(inLayer);
        if (!number)
            return std::string(stored);
        name = fmt::format("{}.{}.{}", isMtp ? "mtp" : "layers", *number, layerName(inLayer));
    } else {
        name = renamedFront(kGlobal, rest);
    }
    if (name.ends_with(kInverseScale))
        name.replace(name.size() - kInverseScale.size(), kInverseScale.size(), ".scale");
    return name;
}

std::vector<NamedTensor> officialTensors(TensorView stored)
{
    std::vector<NamedTensor> tensors;
    std::string name = officialName(stored.name);
    const auto fused = fusedName(name);
    if (!fused || stored.shape.size() != 3 || stored.shape[0] == 0 || stored.bytes.empty() ||
        (fused->isGateUp && stored.shape[1] % 2 != 0)) {
        tensors.emplace_back(std::move(name), std::move(stored));
        return tensors;
    }
    for (std::size_t expert = 0; expert < stored.shape[0]; ++expert) {
        const TensorView slice = part(stored, expert, stored.shape[0], true);
        const auto add = [&](const char* matrix, TensorView view) {
            tensors.emplace_back(
                fmt::format("{}{}.{}.{}", fused->prefix, expert, matrix, fused->suffix),
                std::move(view));
        };
        if (fused->isGateUp) {
            add("w1", part(slice, 0, 2, false));
            add("w3", part(slice, 1, 2, false));
        } else {
            add("w2", slice);
        }
    }
    return tensors;
}

std::vector<NamedTensor> officialTensorsOfGguf(TensorView stored, std::size_t numLayers)
{
    std::vector<NamedTensor> tensors;
    std::string_view rest = stored.name;
    std::string official(officialIn(kGgufGlobal, rest));
    if (takeFront(rest, "blk.")) {
        if (const auto block = takeNumber(rest)) {
            std::string_view inLayer = officialIn(kGgufLayer, rest);
            if (inLayer.empty())
                inLayer = officialIn(kGgufMtp, rest);
            if (!inLayer.empty())
                official = *block < numLayers
                               ? fmt::format("layers.{}.{}", *block, inLayer)
                               : fmt::format("mtp.{}.{}", *block - numLayers, inLayer);
        }
    }
    const std::size_t at = official.find(".ffn.experts.");
    if (at != std::string::npos && stored.shape.size() == 3 && stored.shape[0] != 0) {
        for (std::size_t expert = 0; expert < stored.shape[0]; ++expert)
            tensors.emplace_back(fmt::format("{}{}.{}", official.substr(0, at + 13), expert,
                                             official.substr(at + 13)),
                                 part(stored, expert, stored.shape[0], true));
        return tensors;
    }
    std::string name = official.empty() ? stored.name : std::move(official);
    tensors.emplace_back(std::move(name), std::move(stored));
    return tensors;
}

std::string ggufName(std::string_view official)
{
    std::string_view rest = official;
    if (takeFront(rest, "layers.")) {
        const auto layer = takeNumber(rest);
        const std::string_view name = layer ? ggufIn(kGgufLayer, rest) : std::string_view();
        return name.empty() ? std::string() : fmt::format("blk.{}.{}", *layer, name);
    }
    return std::string(ggufIn(kGgufGlobal, official));
}

} // namespace engine
