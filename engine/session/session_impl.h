// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "engine/session.h"
#include "layers/transformer.h"
#include "session/drafter.h"

namespace engine {

/// Inside of a session; also opened by verify.cpp and by tests that look into a forward pass.
struct Session::Impl
{
    Impl(std::shared_ptr<const Model> theModel, const SessionOptions& theOptions);

    Result<void> append(std::span<const TokenId> tokens, std::stop_token stop,
                        ForwardObserver* observer);
    /// Compressed rows of a layer after `tokens` tokens.
    [[nodiscard]] std::uint64_t rowCount(std::size_t layer, std::uint64_t tokens) const;
    /// Fetches the rows of one layer and kind that the restored session had.
    [[nodiscard]] Result<void> load(std::size_t layer, CacheKind kind);
    [[nodiscard]] Result<void> loadAll();

    // Taking back tokens (rollback.cpp).

    void keepForRewind(std::size_t tokens);
    [[nodiscard]] Result<void> rewind(std::uint64_t newLength);
    [[nodiscard]] Result<void> rewindTo(std::span<const std::byte> checkpoint);
    /// Cuts the rows that belong to tokens from `length` on.
    void truncateRows();
    /// Keeps the streams of a block that was just run, for rewind() and recentLogits().
    void keepStreams(std::size_t count);
    /// Logits after each of the last `count` tokens, [count, vocabSize]; they must be among those
    /// that can be taken back.
    [[nodiscard]] std::vector<float> recentLogits(std::size_t count);
    void clear();

    std::shared_ptr<const Model> model;
    SessionOptions options;
    ThreadPool pool;
    Transformer transformer;
    std::vector<LayerCache> caches;
    std::uint64_t length = 0;
    std::uint64_t prefilled = 0;
    std::vector<float> lastStreams; ///< [4 * modelDim] of the last token
    std::vector<float> logits;      ///< of the last token, once asked for
    CacheSource* source = nullptr;
    std::uint64_t restoredLength = 0;
    bool everythingLoaded = false;
    /// When comparing with golden vectors: tokens of the reference's pass, see Block.
    std::uint64_t referencePassTokens = 0;

    std::size_t rewindTokens = 0;  ///< how many of the last tokens can be taken back
    std::uint64_t rewindFloor = 0; ///< shortest length that rewind() reaches
    /// Streams of the tokens at length - size() to length - 1, the last ones first to go.
    std::deque<std::vector<float>> recentStreams;
    bool queryIsStale = false; ///< the last index query belongs to a token that was taken back
    std::unique_ptr<Drafter> drafter; ///< while drafting is on; fed by append
};

/// Opens a session's inside to other files of the engine.
struct SessionAccess
{
    static Session::Impl& impl(Session& session) { return *session.m_impl; }
};

} // namespace engine
