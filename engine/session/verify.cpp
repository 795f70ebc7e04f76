// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "model/checkpoint.h"
#include "session/session_impl.h"

namespace engine {

namespace {

/// Expected logits as rows of float32.
struct ExpectedRows
{
    std::size_t count = 0;
    std::size_t width = 0;
    const float* data = nullptr;

    [[nodiscard]] std::span<const float> row(std::size_t i) const
    {
        return {data + i * width, width};
    }
};

Result<ExpectedRows> expectedRows(const Checkpoint& file, const char* name, std::size_t vocab)
{
    const TensorView* tensor = file.find(name);
    const std::string where = fmt::format("{}: tensor {}", file.path().string(), name);
    if (tensor == nullptr)
        return fail(ErrorCode::badInput, where + " is missing");
    if (tensor->type != DType::f32 || tensor->shape.size() != 2 || tensor->shape[1] != vocab)
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted F32 [rows, {}], found {} {}", where, vocab,
                                dtypeName(tensor->type), shapeText(tensor->shape)));
    if (reinterpret_cast<std::uintptr_t>(tensor->bytes.data()) % alignof(float) != 0)
        return fail(ErrorCode::badInput, where + ": wanted data at a multiple of 4 bytes");
    return ExpectedRows{tensor->shape[0], vocab,
                        reinterpret_cast<const float*>(tensor->bytes.data())};
}

Result<std::vector<TokenId>> expectedTokens(const Checkpoint& file)
{
    const TensorView* tensor = file.find("tokens");
    const std::string where = fmt::format("{}: tensor tokens", file.path().string());
    if (tensor == nullptr)
        return fail(ErrorCode::badInput, where + " is missing");
    const bool wide = tensor->type == DType::i64;
    if (tensor->shape.size() != 1 || (!wide && tensor->type != DType::i32))
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted I32 or I64 [n], found {} {}", where,
                                dtypeName(tensor->type), shapeText(tensor->shape)));
    std::vector<TokenId> tokens(tensor->shape[0]);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (wide) {
            std::int64_t value = 0;
            std::memcpy(&value, tensor->bytes.data() + i * sizeof value, sizeof value);
            tokens[i] = static_cast<TokenId>(value);
        } else {
            std::memcpy(&tokens[i], tensor->bytes.data() + i * sizeof(TokenId), sizeof(TokenId));
        }
    }
    return tokens;
}

/// Compares one row; NaN counts as infinitely wrong.
void compareRow(std::span<const float> found, std::span<const float> wanted, double& worst,
                bool& argmaxEqual)
{
    double difference = 0.0;
    double norm = 0.0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const double delta = static_cast<double>(found[i]) - static_cast<double>(wanted[i]);
        difference += delta * delta;
        norm += static_cast<double>(wanted[i]) * static_cast<double>(wanted[i]);
    }
    const double error = norm > 0.0 ? std::sqrt(difference / norm) : std::sqrt(difference);
    worst = std::isnan(error) ? INFINITY : std::max(worst, error);
    const auto best = [](std::span<const float> row) {
        return std::max_element(row.begin(), row.end()) - row.begin();
    };
    argmaxEqual = argmaxEqual && best(found) == best(wanted);
}

/// Turns each block's last streams into logits and compares them as they come.
class LogitsObserver final : public ForwardObserver
{
public:
    LogitsObserver(Transformer& transformer, const ModelConfig& config, ExpectedRows expected)
        : m_transformer(transformer), m_config(config), m_expected(expected),
          m_logits(config.vocabSize)
    {
    }

    void layerDone(std::size_t layer, const Block& block, const Rows& streams) override
    {
        if (layer + 1 != m_config.numLayers)
            return;
        for (std::size_t t = 0; t < block.size(); ++t) {
            m_transformer.logits(streams.row(t), m_logits.data());
            compareRow(m_logits, m_expected.row(static_cast<std::size_t>(block.firstPosition) + t),
                       worst, argmaxEqual);
        }
    }
    void rowsChosen(std::size_t, const Block&,
                    const std::vector<std::vector<std::uint32_t>>&) override
    {
    }

    double worst = 0.0;
    bool argmaxEqual = true;

private:
    Transformer& m_transformer;
    const ModelConfig& m_config;
    ExpectedRows m_expected;
    std::vector<float> m_logits;
};

} // namespace

Result<VerifyReport> verifyCheckpoint(const std::filesystem::path& directory,
                                      const std::filesystem::path& expectedFile, unsigned threads,
                                      NumericMode numerics)
{
    auto model = Model::open(directory);
    if (!model)
        return tl::unexpected(model.error());
    auto file = Checkpoint::openFile(expectedFile);
    if (!file)
        return tl::unexpected(file.error());
    const ModelConfig& config = (*model)->config();
    const auto tokens = expectedTokens(**file);
    const auto prefill = expectedRows(**file, "prefill_logits", config.vocabSize);
    const auto decode = expectedRows(**file, "decode_logits", config.vocabSize);
    if (!tokens)
        return tl::unexpected(tokens.error());
    if (!prefill)
        return tl::unexpected(prefill.error());
    if (!decode)
        return tl::unexpected(decode.error());
    if (tokens->size() != prefill->count + decode->count)
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted {} tokens (one for each row of logits), found {}",
                                expectedFile.string(), prefill->count + decode->count,
                                tokens->size()));
    SessionOptions options;
    options.format = CacheFormat::float32;
    options.threads = threads;
    options.numerics = numerics;
    Session::Impl session(*model, options);
    VerifyReport report;
    report.prefillRows = prefill->count;
    report.decodeRows = decode->count;
    const std::span<const TokenId> all(*tokens);
    session.referencePassTokens = prefill->count;
    LogitsObserver first(session.transformer, config, *prefill);
    if (auto read = session.append(all.first(prefill->count), {}, &first); !read)
        return tl::unexpected(read.error());
    report.prefillWorst = first.worst;
    report.argmaxEqual = first.argmaxEqual;
    std::vector<float> logits(config.vocabSize);
    for (std::size_t i = 0; i < decode->count; ++i) {
        session.referencePassTokens = prefill->count + i + 1;
        if (auto read = session.append(all.subspan(prefill->count + i, 1), {}, nullptr); !read)
            return tl::unexpected(read.error());
        session.transformer.logits(session.lastStreams.data(), logits.data());
        compareRow(logits, decode->row(i), report.decodeWorst, report.argmaxEqual);
    }
    return report;
}

} // namespace engine
