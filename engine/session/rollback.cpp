// SPDX-License-Identifier: GPL-3.0-or-later
// Taking back tokens. What tokens leave in a session: rows (cut), window rows (the ring has room
// for a block of positions beyond the window, so none that counts again was overwritten),
// compressor states (undone from a journal) and the last streams (the newest are kept).
#include <algorithm>

#include <fmt/format.h>

#include "session/checkpoint_codec.h"
#include "session/session_impl.h"

namespace engine {

static_assert(Session::kMostRewindTokens <= Transformer::kBlockTokens,
              "a window ring has room for the tokens of one block");

void Session::keepForRewind(std::size_t tokens)
{
    m_impl->keepForRewind(tokens);
}

Result<void> Session::rewind(std::uint64_t length)
{
    return m_impl->rewind(length);
}

Result<void> Session::rewindTo(std::span<const std::byte> checkpoint)
{
    return m_impl->rewindTo(checkpoint);
}

void Session::Impl::keepForRewind(std::size_t tokens)
{
    rewindTokens = std::min(tokens, kMostRewindTokens);
    rewindFloor = length;
    recentStreams.clear();
    if (rewindTokens != 0 && !lastStreams.empty())
        recentStreams.push_back(lastStreams);
    for (LayerCache& cache : caches) {
        cache.compressor.keepJournal(rewindTokens);
        cache.indexCompressor.keepJournal(rewindTokens);
    }
}

void Session::Impl::keepStreams(std::size_t count)
{
    if (rewindTokens == 0)
        return;
    const std::uint64_t end = length + count;
    if (count > rewindTokens) {
        // The compressors have closed their journals, see Compressor::keepTail.
        recentStreams.clear();
        rewindFloor = end;
    }
    const std::size_t width = kStreams * model->config().modelDim;
    for (std::size_t t = count - std::min(count, rewindTokens); t < count; ++t) {
        const float* streams = transformer.streams(t);
        recentStreams.emplace_back(streams, streams + width);
    }
    if (count > rewindTokens)
        recentStreams.erase(recentStreams.begin(), recentStreams.end() - 1);
    // One more than can be taken back: the token that is the last one then.
    while (recentStreams.size() > rewindTokens + 1)
        recentStreams.pop_front();
    rewindFloor = std::max(rewindFloor, end > rewindTokens ? end - rewindTokens : 0);
}

std::vector<float> Session::Impl::recentLogits(std::size_t count)
{
    std::vector<const float*> rows;
    for (std::size_t i = recentStreams.size() - count; i < recentStreams.size(); ++i)
        rows.push_back(recentStreams[i].data());
    std::vector<float> out(count * model->config().vocabSize);
    transformer.logits(rows, out.data());
    return out;
}

void Session::Impl::truncateRows()
{
    for (std::size_t layer = 0; layer < caches.size(); ++layer) {
        const auto rows = static_cast<std::size_t>(rowCount(layer, length));
        caches[layer].compressedRows.truncate(rows);
        caches[layer].indexKeys.truncate(rows);
    }
    restoredLength = std::min(restoredLength, length);
}

Result<void> Session::Impl::rewind(std::uint64_t newLength)
{
    const std::uint64_t floor = rewindTokens == 0 ? length : rewindFloor;
    if (newLength > length || newLength < floor)
        return fail(ErrorCode::badInput,
                    fmt::format("taking back tokens: wanted a length from {} to {}, found {}",
                                floor, length, newLength));
    if (newLength == length)
        return {};
    recentStreams.resize(recentStreams.size() - static_cast<std::size_t>(length - newLength));
    length = newLength;
    for (LayerCache& cache : caches) {
        cache.compressor.takeBack(length);
        cache.indexCompressor.takeBack(length);
    }
    truncateRows();
    lastStreams = recentStreams.empty() ? std::vector<float>() : recentStreams.back();
    logits.clear();
    queryIsStale = true;
    if (drafter)
        drafter->rewind(length);
    return {};
}

Result<void> Session::Impl::rewindTo(std::span<const std::byte> checkpoint)
{
    const std::uint64_t before = length;
    auto decoded = decodeCheckpoint(checkpoint, *this);
    if (decoded && length > before)
        decoded = fail(ErrorCode::badInput,
                       fmt::format("going back: wanted a checkpoint of at most {} tokens, found "
                                   "one of {}",
                                   before, length));
    if (!decoded) {
        clear();
        return decoded;
    }
    truncateRows();
    logits.clear();
    queryIsStale = true;
    drafter.reset();
    keepForRewind(rewindTokens);
    return {};
}

} // namespace engine
