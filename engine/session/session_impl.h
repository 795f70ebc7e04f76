// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "engine/session.h"
#include "layers/transformer.h"

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
};

} // namespace engine
