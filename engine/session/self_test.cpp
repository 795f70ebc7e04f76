// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/self_test.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace engine {

namespace {

constexpr std::size_t kSamples = 16;

/// Of the largest sample. The kernels of different instruction sets agree to about 1e-6; another
/// matrix, or another rounding of one, is off by more than this.
constexpr float kTolerance = 1e-3F;

} // namespace

std::vector<float> sampleLogits(Session::Impl& session)
{
    if (session.lastStreams.empty())
        return {};
    const std::size_t vocabulary = session.model->config().vocabSize;
    if (session.logits.empty()) {
        session.logits.resize(vocabulary);
        session.transformer.logits(session.lastStreams.data(), session.logits.data());
    }
    std::vector<float> samples;
    for (std::size_t i = 0; i < kSamples; ++i)
        samples.push_back(session.logits[i * vocabulary / kSamples]);
    return samples;
}

Result<void> checkSamples(Session::Impl& session, std::span<const float> wanted)
{
    session.logits.clear(); // of another state
    const std::vector<float> found = sampleLogits(session);
    if (found.size() != wanted.size())
        return fail(ErrorCode::mismatch, fmt::format("self-test: wanted {} logits, found {}",
                                                     wanted.size(), found.size()));
    float largest = 0.0F;
    for (const float logit : wanted)
        largest = std::max(largest, std::abs(logit));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (std::abs(found[i] - wanted[i]) <= kTolerance * largest)
            continue;
        return fail(ErrorCode::mismatch,
                    fmt::format("self-test: logit {} of the last token read: wanted {}, found {}. "
                                "The model computes otherwise than when it read this session, "
                                "which has to be read again",
                                i * session.model->config().vocabSize / kSamples, wanted[i],
                                found[i]));
    }
    return {};
}

} // namespace engine
