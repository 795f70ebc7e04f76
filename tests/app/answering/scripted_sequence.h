// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answering/passage_reader.h"
#include "engine/tokenizer.h"

/// What the scripted model says about a passage.
struct Script
{
    double found = 1.0; ///< probability of ">"
    std::string says;   ///< after it: " quotation\nanswer"; the end follows
};

/// Stands in for a model: after a reading prompt it wants to say what the script has for the first
/// key that the prompt's text contains. Its logits are 0 for the token it wants next and far less
/// for the others, in the order of their ids; once held off its script it wants to end.
class ScriptedSequence final : public answering::TokenSequence
{
public:
    ScriptedSequence(std::shared_ptr<const engine::Tokenizer> tokenizer,
                     std::map<std::string, Script> scripts)
        : m_tokenizer(std::move(tokenizer)), m_scripts(std::move(scripts))
    {
    }

    void clear() override { m_ids.clear(); }

    answering::Result<void> append(std::span<const engine::TokenId> tokens,
                                   const std::stop_token& stop) override
    {
        if (stop.stop_requested()) {
            return answering::fail(answering::ErrorCode::cancelled, "stopped");
        }
        m_ids.insert(m_ids.end(), tokens.begin(), tokens.end());
        return {};
    }

    answering::Result<std::span<const float>> logits() override
    {
        m_logits.resize(m_tokenizer->vocabSize());
        for (std::size_t i = 0; i < m_logits.size(); ++i) {
            m_logits[i] = -50.0F - static_cast<float>(i) * 1e-4F;
        }
        const auto script = currentScript();
        const auto said = saidSoFar();
        if (said.empty()) {
            const double found = std::min(std::max(script.found, 1e-6), 1.0 - 1e-6);
            set(m_tokenizer->encode(">").front(), std::log(found));
            set(m_tokenizer->encode("Not").front(), std::log(1.0 - found));
            return std::span<const float>(m_logits);
        }
        const auto wanted = m_tokenizer->encode(">" + script.says);
        const bool follows =
            said.size() < wanted.size() && std::equal(said.begin(), said.end(), wanted.begin());
        set(follows ? wanted[said.size()] : end(), 0.0);
        return std::span<const float>(m_logits);
    }

    answering::Result<engine::IndexQuery> indexQuery() const override
    {
        return engine::IndexQuery{};
    }

    const std::vector<engine::TokenId>& ids() const { return m_ids; }

private:
    engine::TokenId end() const { return *m_tokenizer->special("<｜end▁of▁sentence｜>"); }

    void set(engine::TokenId id, double logit)
    {
        m_logits[static_cast<std::size_t>(id)] = static_cast<float>(logit);
    }

    std::vector<engine::TokenId> saidSoFar() const
    {
        const auto mark = *m_tokenizer->special("</think>");
        const auto at = std::find(m_ids.begin(), m_ids.end(), mark);
        return at == m_ids.end() ? std::vector<engine::TokenId>{}
                                 : std::vector<engine::TokenId>(at + 1, m_ids.end());
    }

    Script currentScript() const
    {
        const std::string prompt = m_tokenizer->decode(m_ids);
        for (const auto& [key, script] : m_scripts) {
            if (prompt.find(key) != std::string::npos) {
                return script;
            }
        }
        return {0.0, ""};
    }

    std::shared_ptr<const engine::Tokenizer> m_tokenizer;
    std::map<std::string, Script> m_scripts;
    std::vector<engine::TokenId> m_ids;
    std::vector<float> m_logits;
};

inline std::shared_ptr<const engine::Tokenizer> builtInTokenizer()
{
    static const auto tokenizer = engine::Tokenizer::open(LECTERN_MODEL_DIR "/tokenizer.json");
    return tokenizer ? *tokenizer : nullptr;
}
