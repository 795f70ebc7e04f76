// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tokenizer_match.h"

#include <algorithm>

#include <fmt/format.h>

namespace engine {

namespace {

/// Rows of the embedding that may be without a token: DeepSeek-V4 has about 400 of 129,280.
std::size_t mostPadding(std::size_t vocabSize)
{
    return std::max<std::size_t>(64, vocabSize / 16);
}

} // namespace

Result<void> checkTokenizer(const Tokenizer& tokenizer, const ModelConfig& config,
                            const std::filesystem::path& file)
{
    const std::size_t found = tokenizer.vocabSize();
    const std::size_t most = config.vocabSize;
    const std::size_t least = most - std::min(most, mostPadding(most));
    if (found > most || found < least)
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted the tokenizer of a model with vocab_size {}, found one "
                                "of {} tokens",
                                file.string(), most, found));
    for (const auto& [key, id] :
         {std::pair("bos_token_id", config.bosToken), std::pair("eos_token_id", config.eosToken)}) {
        if (!tokenizer.isSpecial(id))
            return fail(ErrorCode::badInput,
                        fmt::format("{}: wanted an added token with the {} {} of config.json, "
                                    "found {}",
                                    file.string(), key, id,
                                    tokenizer.tokenBytes(id).empty() ? "none" : "a plain token"));
    }
    return {};
}

} // namespace engine
