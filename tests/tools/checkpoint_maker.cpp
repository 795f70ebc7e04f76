// SPDX-License-Identifier: GPL-3.0-or-later
// Written from the published layout, not from the engine's own tables: one checks the other.
#include "checkpoint_maker.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>

#include <nlohmann/json.hpp>

namespace fs = std::filesystem;

namespace {

/// What differs between the two published sizes.
struct Sizes
{
    std::uint64_t hidden, layers, heads, queryRank, outputGroups, experts, expertDim, topK;
    double routedScale;
    std::size_t firstRatio; ///< of layers 0 and 1
};

constexpr Sizes kFlash{4096, 43, 64, 1024, 8, 256, 2048, 512, 1.5, 0};
constexpr Sizes kPro{7168, 61, 128, 1536, 16, 384, 3072, 1024, 2.5, 128};

constexpr std::uint64_t kHeadDim = 512;
constexpr std::uint64_t kOutputRank = 1024;
constexpr std::uint64_t kIndexHeads = 64;
constexpr std::uint64_t kIndexDim = 128;
constexpr std::uint64_t kStreams = 4;
constexpr std::uint64_t kMixes = 24;
constexpr std::uint64_t kPerToken = 6;
constexpr std::size_t kHashLayers = 3;
constexpr std::uint64_t kFp8Block = 128;
constexpr std::uint64_t kFp4Block = 32;

const Sizes& sizesOf(MadeCheckpoint::Shape shape)
{
    return shape == MadeCheckpoint::Shape::flash ? kFlash : kPro;
}

class Layout
{
public:
    explicit Layout(const MadeCheckpoint& made) : m_made(made), m_sizes(sizesOf(made.shape)) {}

    std::vector<MadeTensor> tensors;

    void all()
    {
        plain("embed.weight", "BF16", {m_made.vocabulary, m_sizes.hidden});
        const auto ratios = ratiosOf(m_made);
        for (std::size_t i = 0; i < m_made.layers; ++i)
            layer("layers." + std::to_string(i) + ".", ratios[i], i < kHashLayers);
        head("");
        plain("norm.weight", "BF16", {m_sizes.hidden});
        plain("head.weight", "BF16", {m_made.vocabulary, m_sizes.hidden});
        if (m_made.mtp)
            mtp("mtp.0.");
    }

private:
    void plain(const std::string& name, const char* type, std::vector<std::uint64_t> shape)
    {
        tensors.push_back({name, type, std::move(shape)});
    }

    void fp8(const std::string& name, std::uint64_t outputs, std::uint64_t inputs)
    {
        plain(name + ".weight", "F8_E4M3", {outputs, inputs});
        plain(name + ".scale", "F8_E8M0",
              {(outputs + kFp8Block - 1) / kFp8Block, (inputs + kFp8Block - 1) / kFp8Block});
    }

    void fp4(const std::string& name, std::uint64_t outputs, std::uint64_t inputs)
    {
        plain(name + ".weight", "I8", {outputs, inputs / 2});
        plain(name + ".scale", "F8_E8M0", {outputs, inputs / kFp4Block});
    }

    void head(const std::string& prefix)
    {
        plain(prefix + "hc_head_fn", "F32", {kStreams, kStreams * m_sizes.hidden});
        plain(prefix + "hc_head_base", "F32", {kStreams});
        plain(prefix + "hc_head_scale", "F32", {1});
    }

    void compressor(const std::string& prefix, std::uint64_t ratio, std::uint64_t dim)
    {
        const std::uint64_t width = ratio == 4 ? 2 * dim : dim;
        plain(prefix + "ape", "F32", {ratio, width});
        plain(prefix + "wkv.weight", "BF16", {width, m_sizes.hidden});
        plain(prefix + "wgate.weight", "BF16", {width, m_sizes.hidden});
        plain(prefix + "norm.weight", "BF16", {dim});
    }

    void attention(const std::string& prefix, std::size_t ratio)
    {
        plain(prefix + "attn_sink", "F32", {m_sizes.heads});
        fp8(prefix + "wq_a", m_sizes.queryRank, m_sizes.hidden);
        plain(prefix + "q_norm.weight", "BF16", {m_sizes.queryRank});
        fp8(prefix + "wq_b", m_sizes.heads * kHeadDim, m_sizes.queryRank);
        fp8(prefix + "wkv", kHeadDim, m_sizes.hidden);
        plain(prefix + "kv_norm.weight", "BF16", {kHeadDim});
        fp8(prefix + "wo_a", m_sizes.outputGroups * kOutputRank,
            m_sizes.heads * kHeadDim / m_sizes.outputGroups);
        fp8(prefix + "wo_b", m_sizes.hidden, m_sizes.outputGroups * kOutputRank);
        if (ratio != 0)
            compressor(prefix + "compressor.", ratio, kHeadDim);
        if (ratio != 4)
            return;
        fp8(prefix + "indexer.wq_b", kIndexHeads * kIndexDim, m_sizes.queryRank);
        plain(prefix + "indexer.weights_proj.weight", "BF16", {kIndexHeads, m_sizes.hidden});
        compressor(prefix + "indexer.compressor.", ratio, kIndexDim);
    }

    void feedForward(const std::string& prefix, bool hashRouting)
    {
        plain(prefix + "gate.weight", "BF16", {m_made.experts, m_sizes.hidden});
        if (hashRouting)
            plain(prefix + "gate.tid2eid", "I64", {m_made.vocabulary, kPerToken});
        else
            plain(prefix + "gate.bias", "F32", {m_made.experts});
        for (std::size_t e = 0; e < m_made.experts; ++e) {
            const std::string expert = prefix + "experts." + std::to_string(e) + ".";
            fp4(expert + "w1", m_sizes.expertDim, m_sizes.hidden);
            fp4(expert + "w2", m_sizes.hidden, m_sizes.expertDim);
            fp4(expert + "w3", m_sizes.expertDim, m_sizes.hidden);
        }
        fp8(prefix + "shared_experts.w1", m_sizes.expertDim, m_sizes.hidden);
        fp8(prefix + "shared_experts.w2", m_sizes.hidden, m_sizes.expertDim);
        fp8(prefix + "shared_experts.w3", m_sizes.expertDim, m_sizes.hidden);
    }

    void layer(const std::string& prefix, std::size_t ratio, bool hashRouting)
    {
        for (const char* sub : {"hc_attn_", "hc_ffn_"}) {
            plain(prefix + sub + "fn", "F32", {kMixes, kStreams * m_sizes.hidden});
            plain(prefix + sub + "base", "F32", {kMixes});
            plain(prefix + sub + "scale", "F32", {3});
        }
        plain(prefix + "attn_norm.weight", "BF16", {m_sizes.hidden});
        plain(prefix + "ffn_norm.weight", "BF16", {m_sizes.hidden});
        attention(prefix + "attn.", ratio);
        feedForward(prefix + "ffn.", hashRouting);
    }

    void mtp(const std::string& prefix)
    {
        layer(prefix, 0, false);
        fp8(prefix + "e_proj", m_sizes.hidden, m_sizes.hidden);
        fp8(prefix + "h_proj", m_sizes.hidden, m_sizes.hidden);
        for (const char* norm : {"enorm.weight", "hnorm.weight", "norm.weight"})
            plain(prefix + norm, "BF16", {m_sizes.hidden});
        head(prefix);
    }

    const MadeCheckpoint& m_made;
    const Sizes& m_sizes;
};

nlohmann::ordered_json configOf(const MadeCheckpoint& made)
{
    const Sizes& sizes = sizesOf(made.shape);
    nlohmann::ordered_json config{{"architectures", {"DeepseekV4ForCausalLM"}},
                                  {"model_type", "deepseek_v4"},
                                  {"hidden_size", sizes.hidden},
                                  {"num_hidden_layers", made.layers},
                                  {"num_attention_heads", sizes.heads},
                                  {"num_key_value_heads", 1},
                                  {"head_dim", kHeadDim},
                                  {"qk_rope_head_dim", 64},
                                  {"q_lora_rank", sizes.queryRank},
                                  {"o_groups", sizes.outputGroups},
                                  {"o_lora_rank", kOutputRank},
                                  {"sliding_window", 128},
                                  {"compress_ratios", ratiosOf(made)},
                                  {"compress_rope_theta", 160000},
                                  {"rope_theta", 10000},
                                  {"rope_scaling",
                                   {{"type", "yarn"},
                                    {"factor", 16},
                                    {"original_max_position_embeddings", 65536},
                                    {"beta_fast", 32},
                                    {"beta_slow", 1}}},
                                  {"max_position_embeddings", 1048576},
                                  {"index_n_heads", kIndexHeads},
                                  {"index_head_dim", kIndexDim},
                                  {"index_topk", sizes.topK},
                                  {"n_routed_experts", made.experts},
                                  {"num_experts_per_tok", kPerToken},
                                  {"n_shared_experts", 1},
                                  {"moe_intermediate_size", sizes.expertDim},
                                  {"num_hash_layers", kHashLayers},
                                  {"scoring_func", "sqrtsoftplus"},
                                  {"topk_method", "noaux_tc"},
                                  {"norm_topk_prob", true},
                                  {"routed_scaling_factor", sizes.routedScale},
                                  {"swiglu_limit", 10.0},
                                  {"hc_mult", kStreams},
                                  {"hc_sinkhorn_iters", 20},
                                  {"hc_eps", 1e-6},
                                  {"rms_norm_eps", 1e-6},
                                  {"num_nextn_predict_layers", made.mtp ? 1 : 0},
                                  {"vocab_size", made.vocabulary},
                                  {"tie_word_embeddings", false},
                                  {"attention_bias", false},
                                  {"attention_dropout", 0.0},
                                  {"hidden_act", "silu"},
                                  {"initializer_range", 0.02},
                                  {"use_cache", true},
                                  {"bos_token_id", 0},
                                  {"eos_token_id", 1},
                                  {"torch_dtype", "bfloat16"},
                                  {"transformers_version", "4.57.1"},
                                  {"quantization_config",
                                   {{"quant_method", "fp8"},
                                    {"fmt", "e4m3"},
                                    {"scale_fmt", "ue8m0"},
                                    {"weight_block_size", {128, 128}},
                                    {"activation_scheme", "dynamic"}}}};
    if (made.namesExpertType)
        config["expert_dtype"] = "fp4";
    return config;
}

/// The same numbers for the same tensor in every run.
class Numbers
{
public:
    explicit Numbers(const std::string& name) : m_state(std::hash<std::string>()(name) | 1U) {}

    std::uint64_t next()
    {
        m_state ^= m_state << 13U;
        m_state ^= m_state >> 7U;
        m_state ^= m_state << 17U;
        return m_state;
    }
    /// In [-1, 1).
    float fraction()
    {
        return static_cast<float>(static_cast<double>(next() >> 11U) * 0x1p-52 - 1.0);
    }

private:
    std::uint64_t m_state;
};

template <typename Number>
void append(std::vector<char>& out, Number number)
{
    const auto* bytes = reinterpret_cast<const char*>(&number);
    out.insert(out.end(), bytes, bytes + sizeof number);
}

bool endsWith(const std::string& text, const char* end)
{
    const std::size_t size = std::strlen(end);
    return text.size() >= size && text.compare(text.size() - size, size, end) == 0;
}

/// Size of the numbers of a plain tensor: gains near one, matrices by their inputs.
float spread(const MadeTensor& tensor)
{
    if (endsWith(tensor.name, "_scale") || endsWith(tensor.name, "norm.weight"))
        return 0.1F; // around one
    if (tensor.shape.size() < 2 || endsWith(tensor.name, "ape"))
        return 0.5F;
    if (tensor.name == "embed.weight")
        return 1.0F;
    return std::sqrt(3.0F / static_cast<float>(tensor.shape[1]));
}

/// Values of FP8 and FP4 have a mean square of about 1 and 8; the scale brings them to 1 / inputs.
char scaleCode(const MadeTensor& scale, std::uint64_t inputs, bool isFp4)
{
    const double wanted = 1.0 / std::sqrt(static_cast<double>(inputs) * (isFp4 ? 8.0 : 1.1));
    static_cast<void>(scale);
    return static_cast<char>(127 + std::lround(std::log2(wanted)));
}

/// Appends up to `count` elements; `at` is the index of the first.
void appendNumbers(const MadeTensor& tensor, const MadeCheckpoint& made, Numbers& numbers,
                   std::uint64_t at, std::uint64_t count, std::vector<char>& out)
{
    if (tensor.type == "I64") {
        for (std::uint64_t i = at; i < at + count; ++i) // six different experts a token
            append(out, (i / kPerToken * 7 + i % kPerToken) % made.experts);
    } else if (tensor.type == "F8_E8M0") {
        const bool isFp4 = tensor.name.find(".experts.") != std::string::npos;
        const std::uint64_t inputs = tensor.shape[1] * (isFp4 ? kFp4Block : kFp8Block);
        out.insert(out.end(), count, scaleCode(tensor, inputs, isFp4));
    } else if (tensor.type == "F8_E4M3" || tensor.type == "I8") {
        // FP8: sign, one bit of the exponent and the mantissa at random: 0.25 to 1.875.
        const bool isFp8 = tensor.type == "F8_E4M3";
        for (std::uint64_t i = 0; i < count; i += 8) {
            std::uint64_t word = numbers.next();
            if (isFp8)
                word = (word & 0x9797979797979797U) | 0x2828282828282828U;
            append(out, word);
        }
        out.resize(out.size() - (8 - count % 8) % 8);
    } else {
        const float size = spread(tensor);
        const float middle = size == 0.1F ? 1.0F : 0.0F;
        for (std::uint64_t i = 0; i < count; ++i) {
            const float value = middle + size * numbers.fraction();
            if (tensor.type == "F32")
                append(out, value);
            else
                append(out, static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U));
        }
    }
}

std::uint64_t elementBytes(const std::string& type)
{
    return type == "I64" ? 8 : type == "F32" ? 4 : type == "BF16" ? 2 : 1;
}

std::string writeShard(const MadeCheckpoint& made, const std::vector<MadeTensor>& tensors,
                       const fs::path& file)
{
    nlohmann::json header;
    header["__metadata__"] = {{"format", "pt"}};
    std::uint64_t end = 0;
    for (const MadeTensor& tensor : tensors) {
        header[tensor.name] = {{"dtype", tensor.type},
                               {"shape", tensor.shape},
                               {"data_offsets", {end, end + tensor.bytes()}}};
        end += tensor.bytes();
    }
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    const std::uint64_t size = text.size();
    stream.write(reinterpret_cast<const char*>(&size), sizeof size);
    stream.write(text.data(), static_cast<std::streamsize>(size));
    constexpr std::uint64_t kPiece = std::uint64_t{1} << 20U;
    std::vector<char> bytes;
    for (const MadeTensor& tensor : tensors) {
        if (made.fill == MadeCheckpoint::Fill::sparse)
            break;
        Numbers numbers(tensor.name);
        const std::uint64_t elements = tensor.bytes() / elementBytes(tensor.type);
        for (std::uint64_t at = 0; at < elements; at += kPiece) {
            bytes.clear();
            appendNumbers(tensor, made, numbers, at, std::min(kPiece, elements - at), bytes);
            stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        }
    }
    stream.close();
    if (!stream)
        return file.string() + ": cannot be written";
    std::error_code error;
    fs::resize_file(file, sizeof size + size + end, error);
    return error ? file.string() + ": " + error.message() : std::string();
}

} // namespace

MadeCheckpoint MadeCheckpoint::published(Shape shape)
{
    const Sizes& sizes = sizesOf(shape);
    MadeCheckpoint made;
    made.shape = shape;
    made.layers = sizes.layers;
    made.experts = sizes.experts;
    made.vocabulary = 129280;
    made.shards = 46;
    made.fill = Fill::sparse;
    return made;
}

std::uint64_t MadeTensor::bytes() const
{
    std::uint64_t size = elementBytes(type);
    for (const std::uint64_t extent : shape)
        size *= extent;
    return size;
}

std::vector<MadeTensor> tensorsOf(const MadeCheckpoint& made)
{
    Layout layout(made);
    layout.all();
    return std::move(layout.tensors);
}

std::vector<std::size_t> ratiosOf(const MadeCheckpoint& made)
{
    std::vector<std::size_t> ratios;
    for (std::size_t i = 0; i < made.layers; ++i)
        ratios.push_back(i < 2 ? sizesOf(made.shape).firstRatio : i % 2 == 0 ? 4 : 128);
    if (made.mtp)
        ratios.push_back(0);
    return ratios;
}

std::string write(const MadeCheckpoint& made, const fs::path& directory)
{
    std::error_code error;
    fs::create_directories(directory, error);
    const auto tensors = tensorsOf(made);
    std::uint64_t total = 0;
    for (const MadeTensor& tensor : tensors)
        total += tensor.bytes();
    const auto shardName = [&](std::size_t shard) {
        char name[64];
        std::snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", shard + 1,
                      made.shards);
        return std::string(name);
    };
    nlohmann::json index{{"metadata", {{"total_size", total}}}};
    std::size_t begin = 0;
    std::uint64_t done = 0;
    for (std::size_t shard = 0; shard < made.shards; ++shard) {
        // Shards end where their share of the bytes does, in the middle of a layer or not.
        std::vector<MadeTensor> part;
        while (begin < tensors.size() &&
               (shard + 1 == made.shards || done * made.shards < total * (shard + 1))) {
            done += tensors[begin].bytes();
            index["weight_map"][tensors[begin].name] = shardName(shard);
            part.push_back(tensors[begin++]);
        }
        if (auto wrong = writeShard(made, part, directory / shardName(shard)); !wrong.empty())
            return wrong;
    }
    std::ofstream(directory / "model.safetensors.index.json") << index.dump(1);
    std::ofstream config(directory / "config.json");
    config << configOf(made).dump(2) << '\n';
    config.close();
    return config ? std::string() : directory.string() + ": config.json cannot be written";
}
