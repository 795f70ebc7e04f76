// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/generate.h"

#include <algorithm>

#include <fmt/format.h>

#include "session/session_impl.h"
#include "session/speculation.h"

namespace engine {

namespace {

constexpr std::size_t kMostDraftTokens = 8;
static_assert(kMostDraftTokens < Session::kMostRewindTokens);

/// Drafting for the time of one generation; afterwards the session is as it was set up before.
class DraftingScope
{
public:
    DraftingScope(Session::Impl& session, std::size_t draftTokens)
        : m_session(session), m_keptBefore(session.rewindTokens)
    {
        if (draftTokens == 0)
            return;
        m_session.drafter = std::make_unique<Drafter>(*m_session.model, m_session.transformer,
                                                      m_session.options.format, m_session.length);
        if (m_keptBefore <= draftTokens)
            m_session.keepForRewind(draftTokens + 1);
    }
    ~DraftingScope()
    {
        m_session.drafter.reset();
        if (m_session.rewindTokens != m_keptBefore)
            m_session.keepForRewind(m_keptBefore);
    }
    DraftingScope(const DraftingScope&) = delete;
    DraftingScope& operator=(const DraftingScope&) = delete;

private:
    Session::Impl& m_session;
    std::size_t m_keptBefore;
};

Result<void> check(const Session::Impl& session, std::span<const TokenId> prompt,
                   const GenerationOptions& options)
{
    if (prompt.empty() && session.lastStreams.empty())
        return fail(ErrorCode::badInput, "generation: wanted a prompt or a session that has read "
                                         "something, found neither");
    if (options.maxTokens == 0)
        return fail(ErrorCode::badInput, "most tokens to generate: wanted 1 or more, found 0");
    if (!options.speculative)
        return {};
    if (options.draftTokens == 0 || options.draftTokens > kMostDraftTokens)
        return fail(ErrorCode::badInput, fmt::format("tokens to draft: wanted 1 to {}, found {}",
                                                     kMostDraftTokens, options.draftTokens));
    if (!session.model->hasMtp()) {
        const std::string& note = session.model->mtpNote();
        return fail(ErrorCode::unsupported,
                    fmt::format("{}: speculative decoding wants a model with an MTP block; {}",
                                session.model->directory().string(),
                                note.empty() ? "it has none" : note));
    }
    return {};
}

/// One generation: decides tokens in order and hands them out.
class Generation
{
public:
    Generation(Session& session, Sampler& sampler, const GenerationOptions& options,
               const GenerationObserver& observer, std::stop_token stop)
        : m_session(session), m_inside(SessionAccess::impl(session)), m_sampler(sampler),
          m_options(options), m_observer(observer), m_stop(std::move(stop)),
          m_begin(m_inside.length)
    {
    }

    Result<GenerationReport> run()
    {
        const auto logits = m_session.logits();
        if (!logits)
            return tl::unexpected(logits.error());
        const auto first = m_sampler.sample(*logits);
        if (!first)
            return tl::unexpected(first.error());
        bool goesOn = hand(*first, *logits);
        while (goesOn) {
            auto step = next();
            if (!step)
                return tl::unexpected(step.error());
            goesOn = *step;
        }
        // Tokens that speculation decided beyond the end.
        const std::uint64_t length = m_begin + m_report.tokens.size() - 1;
        if (auto back = length < m_inside.length ? m_inside.rewind(length) : Result<void>(); !back)
            return tl::unexpected(back.error());
        return std::move(m_report);
    }

private:
    /// Reads the newest token and decides at least one more. False at an end.
    Result<bool> next()
    {
        const std::size_t room = roomAhead();
        if (room == 0) {
            m_report.end = GenerationEnd::contextFull;
            return false;
        }
        ++m_report.blocks;
        const TokenId newest = m_report.tokens.back();
        if (!m_options.speculative) {
            if (auto read = m_session.append(std::span(&newest, 1), m_stop); !read)
                return tl::unexpected(read.error());
            const auto logits = m_session.logits();
            if (!logits)
                return tl::unexpected(logits.error());
            const auto token = m_sampler.sample(*logits);
            if (!token)
                return tl::unexpected(token.error());
            return hand(*token, *logits);
        }
        const std::size_t wanted = m_options.maxTokens - m_report.tokens.size();
        const auto decided =
            speculate(m_inside, m_sampler, newest,
                      std::min({m_options.draftTokens, wanted - 1, room - 1}), m_stop);
        if (!decided)
            return tl::unexpected(decided.error());
        m_report.drafted += decided->drafted;
        m_report.accepted += decided->tokens.size() - 1;
        const std::size_t vocabSize = m_inside.model->config().vocabSize;
        for (std::size_t i = 0; i < decided->tokens.size(); ++i) {
            const auto logits = std::span(decided->logits).subspan(i * vocabSize, vocabSize);
            if (!hand(decided->tokens[i], logits))
                return false;
        }
        return true;
    }

    /// How many tokens the session may still read.
    [[nodiscard]] std::size_t roomAhead() const
    {
        const std::size_t most = m_inside.model->config().maxPositions;
        return most == 0 ? Session::kMostRewindTokens
                         : most - std::min<std::size_t>(most, m_inside.length);
    }

    /// Adds a decided token. False if it is the last one.
    bool hand(TokenId token, std::span<const float> logits)
    {
        m_report.tokens.push_back(token);
        if (m_observer.logits)
            m_observer.logits(logits);
        const bool wanted = !m_observer.token || m_observer.token(token);
        const auto& stops = m_options.stopTokens;
        if (std::find(stops.begin(), stops.end(), token) != stops.end())
            m_report.end = GenerationEnd::stopToken;
        else if (!wanted)
            m_report.end = GenerationEnd::caller;
        else if (m_report.tokens.size() >= m_options.maxTokens)
            m_report.end = GenerationEnd::tokenLimit;
        else
            return true;
        return false;
    }

    Session& m_session;
    Session::Impl& m_inside;
    Sampler& m_sampler;
    const GenerationOptions& m_options;
    const GenerationObserver& m_observer;
    std::stop_token m_stop;
    std::uint64_t m_begin;
    GenerationReport m_report;
};

} // namespace

Result<GenerationReport> generate(Session& session, std::span<const TokenId> prompt,
                                  Sampler& sampler, const GenerationOptions& options,
                                  const GenerationObserver& observer, std::stop_token stop)
{
    Session::Impl& inside = SessionAccess::impl(session);
    if (auto checked = check(inside, prompt, options); !checked)
        return tl::unexpected(checked.error());
    const DraftingScope drafting(inside, options.speculative ? options.draftTokens : 0);
    if (auto read = session.append(prompt, stop); !read)
        return tl::unexpected(read.error());
    return Generation(session, sampler, options, observer, std::move(stop)).run();
}

} // namespace engine
