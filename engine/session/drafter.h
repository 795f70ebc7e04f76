// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cache/layer_cache.h"
#include "layers/transformer.h"

namespace engine {

/// The MTP block beside a session: follows the tokens that the session reads and proposes the next
/// ones. It keeps a window of its own, filled from the moment it was made, which is not part of
/// checkpoints: what it proposes decides how fast tokens come, not which.
class Drafter
{
public:
    /// For a model with an MTP block; `length` tokens have been read. The transformer is the
    /// session's.
    Drafter(const Model& model, Transformer& transformer, CacheFormat format, std::uint64_t length);

    /// Takes in a block that the transformer has just run: its first position, its tokens, and the
    /// streams of the token before it (empty at the very beginning).
    void follow(std::uint64_t firstPosition, std::span<const TokenId> tokens,
                const std::vector<float>& before);

    /// The session has taken back its tokens from `length` on.
    void rewind(std::uint64_t length);

    /// Logits [vocabSize] for the token after `next`, where `next` is the token at `position` + 1
    /// and `streams` are those of the token at `position`. Leaves the block's own streams in
    /// predicted(), from which the token after that can be drafted.
    void draft(std::uint64_t position, const std::vector<float>& streams, TokenId next,
               std::vector<float>& logits);
    [[nodiscard]] const std::vector<float>& predicted() const { return m_predicted; }

private:
    void start(std::uint64_t length);

    const Model& m_model;
    Transformer& m_transformer;
    CacheFormat m_format;
    LayerCache m_cache;
    std::uint64_t m_begin = 0; ///< the first position that it saw; its own positions count from it
    std::vector<float> m_predicted;
};

} // namespace engine
