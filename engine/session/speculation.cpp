// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/speculation.h"

#include <algorithm>

namespace engine {

namespace {

/// A chain of proposals for what follows `token`. Logits that cannot be sampled from end it: a
/// drafter may be wrong, it may not fail a generation.
std::vector<Proposal> propose(Session::Impl& session, Sampler& sampler, TokenId token,
                              std::size_t most)
{
    std::vector<Proposal> proposals;
    std::vector<float> streams = session.lastStreams;
    std::vector<float> logits;
    for (std::size_t i = 0; i < most; ++i) {
        session.drafter->draft(session.length - 1 + i, streams, token, logits);
        auto distribution = sampler.distribution(logits);
        if (!distribution)
            break;
        token = sampler.draw(*distribution);
        proposals.push_back({token, std::move(*distribution)});
        streams = session.drafter->predicted();
    }
    return proposals;
}

/// max(0, p - q), scaled to sum 1.
TokenDistribution remainder(const TokenDistribution& p, const TokenDistribution& q)
{
    TokenDistribution result;
    double sum = 0.0;
    for (std::size_t i = 0; i < p.ids.size(); ++i) {
        const double left = p.probabilities[i] - q.probabilityOf(p.ids[i]);
        if (left <= 0.0)
            continue;
        result.ids.push_back(p.ids[i]);
        result.probabilities.push_back(left);
        sum += left;
    }
    if (result.ids.empty())
        return p; // equal but for rounding: whatever was refused, was refused by a hair
    for (double& probability : result.probabilities)
        probability /= sum;
    return result;
}

} // namespace

Decision decide(const Proposal& proposal, const TokenDistribution& trunk, Sampler& sampler)
{
    const double wanted = trunk.probabilityOf(proposal.token);
    const double proposed = proposal.from.probabilityOf(proposal.token);
    if (wanted >= proposed || (wanted > 0.0 && sampler.random().uniform() * proposed < wanted))
        return {proposal.token, true};
    return {sampler.draw(remainder(trunk, proposal.from)), false};
}

Result<SpeculatedTokens> speculate(Session::Impl& session, Sampler& sampler, TokenId token,
                                   std::size_t most, const std::stop_token& stop)
{
    const std::vector<Proposal> proposals = propose(session, sampler, token, most);
    std::vector<TokenId> block{token};
    for (const Proposal& proposal : proposals)
        block.push_back(proposal.token);
    const std::uint64_t before = session.length;
    if (auto read = session.append(block, stop, nullptr); !read)
        return tl::unexpected(read.error());
    SpeculatedTokens result;
    result.drafted = proposals.size();
    result.logits = session.recentLogits(block.size());
    const std::size_t vocabSize = session.model->config().vocabSize;
    for (std::size_t i = 0; i < block.size(); ++i) {
        const auto trunk =
            sampler.distribution(std::span(result.logits).subspan(i * vocabSize, vocabSize));
        if (!trunk)
            return tl::unexpected(trunk.error());
        const Decision decision = i < proposals.size() ? decide(proposals[i], *trunk, sampler)
                                                       : Decision{sampler.draw(*trunk), false};
        result.tokens.push_back(decision.token);
        if (!decision.taken)
            break;
    }
    if (auto back = session.rewind(before + result.tokens.size()); !back)
        return tl::unexpected(back.error());
    return result;
}

} // namespace engine
