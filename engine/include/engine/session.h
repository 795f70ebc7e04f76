// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/model.h"
#include "engine/numeric_mode.h"
#include "engine/tokenizer.h"

namespace engine {

/// How compressed rows, window rows and index keys are kept in memory and on disk.
enum class CacheFormat
{
    float32, ///< nothing is rounded: for `model verify` and tests
    /// Compressed rows bfloat16, window rows float32, index keys int8 with one scale a row and a
    /// remainder of 8 bits: for float32 sessions.
    compact,
    /// As the activation grid makes lossless: FP8 with a scale per 64 and bfloat16 where rotated,
    /// index keys FP4 with a scale per 32 (584 and 68 bytes at published sizes). For sessions with
    /// NumericMode fast or exact, which give the same bits with it as with float32.
    packed,
};

struct SessionOptions
{
    CacheFormat format = CacheFormat::compact;
    /// Threads of the forward pass, the caller's included; 0 takes all cores.
    unsigned threads = 0;
    NumericMode numerics = NumericMode::float32;

    /// What a model is read with: its own numeric mode, and the cache format that goes with it.
    [[nodiscard]] static SessionOptions forModel(const ModelConfig& config, unsigned threads = 0);
};

/// The append-only part of the cache.
enum class CacheKind : std::uint8_t
{
    csaRows = 0,   ///< compressed latents of a ratio-4 layer, one row per 4 tokens
    indexKeys = 1, ///< lightning-indexer keys of a ratio-4 layer, one row per 4 tokens
    hcaRows = 2,   ///< compressed latents of a larger ratio, one row per ratio tokens
    /// What int8 leaves of the keys (compact format alone): one int8 a dim, in 256ths of the key's
    /// unit. Stored apart because passages are located without it.
    indexRemainders = 3,
};

/// Consecutive rows of one layer and kind, packed as `CacheFormat` says.
struct CacheBlock
{
    std::size_t layer = 0;
    CacheKind kind = CacheKind::csaRows;
    std::uint64_t rowBegin = 0;
    std::uint64_t rowCount = 0;
    std::vector<std::byte> bytes; ///< rowCount * bytesPerRow
};

/// Where a restored session fetches its rows from; called when a layer's rows are first needed.
class CacheSource
{
public:
    virtual ~CacheSource() = default;
    /// Fills `out` with rows [rowBegin, rowBegin + rowCount) of a layer and kind.
    [[nodiscard]] virtual Result<void> read(std::size_t layer, CacheKind kind,
                                            std::uint64_t rowBegin, std::uint64_t rowCount,
                                            std::span<std::byte> out) = 0;
};

/// A question as the lightning indexer of one layer sees it, taken at a session's last token.
struct IndexQuery
{
    std::size_t layer = 0;
    std::vector<float> heads;   ///< [indexHeads, indexHeadDim], rotated and Hadamard-transformed
    std::vector<float> weights; ///< [indexHeads], scale included
};

/// One token sequence and its cache: a timeline that grows by `append`.
///
/// The result does not depend on how the caller cuts the input: the same tokens give the same bits
/// on the same machine.
///
/// Thread rule: one thread at a time per session; several sessions may run at once.
class Session
{
public:
    /// Fails with unsupported if the cache format would round what the numeric mode does not:
    /// compact is for float32, packed for fast and exact.
    [[nodiscard]] static Result<std::unique_ptr<Session>>
    create(std::shared_ptr<const Model> model, const SessionOptions& options = {});

    /// A session that continues after `length` tokens. `checkpoint` is what `checkpoint()` gave at
    /// that length; `source` must outlive the session and is asked only for rows that are needed.
    /// Fails with mismatch if the checkpoint was made by another model, format or numeric mode, or
    /// if the logits that it carries come out differently here.
    [[nodiscard]] static Result<std::unique_ptr<Session>>
    restore(std::shared_ptr<const Model> model, const SessionOptions& options,
            std::span<const std::byte> checkpoint, CacheSource& source);

    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Tokens read so far.
    [[nodiscard]] std::uint64_t length() const;

    /// Reads `tokens` after those already read. Cancelled within one internal block (at most 256
    /// tokens); what was read until then stays read. Token ids outside the vocabulary are badInput.
    [[nodiscard]] Result<void> append(std::span<const TokenId> tokens, std::stop_token stop = {});

    /// Logits after the last token read, [vocabSize] float32; computed when asked for.
    /// Empty before the first token. Valid until the next append.
    [[nodiscard]] Result<std::span<const float>> logits();

    /// Forgets everything; the session is as new.
    void clear();

    /// Most tokens that keepForRewind() keeps.
    static constexpr std::size_t kMostRewindTokens = 64;
    /// From now on the newest tokens, at most `tokens` of them and none read before this call, can
    /// be taken back by rewind(), for a copy of each one's states; 0 ends it. A single append of
    /// more than `tokens` is final.
    void keepForRewind(std::size_t tokens);
    /// Takes back all tokens from `length` on: the session is, bit for bit, what it was then, but
    /// for indexQuery(), which fails until a token is read. badInput if that is out of reach.
    [[nodiscard]] Result<void> rewind(std::uint64_t length);
    /// Goes back, however far, to what `checkpoint()` of this session gave earlier. Fails as
    /// restore() does, and leaves the session empty then.
    [[nodiscard]] Result<void> rewindTo(std::span<const std::byte> checkpoint);

    /// Rows that became complete since the session had `tokens` tokens, one block a layer and kind.
    [[nodiscard]] std::vector<CacheBlock> rowsSince(std::uint64_t tokens) const;

    /// Everything that is needed beside the rows to continue from here: windows, compressor
    /// frontiers, last hidden state, model fingerprint. Opaque, with its own version.
    [[nodiscard]] std::vector<std::byte> checkpoint() const;

    /// The indexer's view of the last token read, in the last CSA layer.
    [[nodiscard]] Result<IndexQuery> indexQuery() const;

    /// Score of every index row of `query.layer`: sum over heads of relu(q . k) * weight.
    /// Row i covers tokens [4 i, 4 i + 4).
    [[nodiscard]] Result<std::vector<float>> scoreIndexRows(const IndexQuery& query);

    /// Tokens this session has run through the layers since it was made (a restored session starts
    /// at 0): shows that reopening reads nothing again.
    [[nodiscard]] std::uint64_t prefilledTokens() const;

    [[nodiscard]] const Model& model() const;
    [[nodiscard]] static std::size_t bytesPerRow(const ModelConfig& config, CacheFormat format,
                                                 CacheKind kind);
    /// Bytes of memory the cache holds now.
    [[nodiscard]] std::uint64_t cacheBytes() const;

    struct Impl; ///< defined inside the engine

private:
    friend struct SessionAccess; ///< likewise
    explicit Session(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace engine
