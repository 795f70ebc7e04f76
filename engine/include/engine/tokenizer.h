// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"

namespace engine {

using TokenId = std::int32_t;

struct TokenizerFile;

/// Tokens of a text together with the place of each one in it.
struct Encoding
{
    std::vector<TokenId> ids;
    /// Byte offset in the text at which each token begins; same length as `ids`, ascending.
    std::vector<std::uint32_t> begins;
};

/// Byte-level BPE as a Hugging Face `tokenizer.json` describes it: its own split rules (regular
/// expressions), the GPT-2 byte alphabet, merges by rank.
///
/// Text never becomes a special token: a document that holds "<｜User｜>" is encoded as ordinary
/// characters. Special tokens are placed by id, see `special`; only `encodeMarked` reads them from
/// text.
///
/// Thread rule: const once opened; any number of threads may encode and decode at once.
class Tokenizer
{
public:
    /// Reads `file`; fails with badInput or, where the file is sound but asks for something that
    /// this engine does not do (a normalizer, say), with unsupported. The message names the file,
    /// the key, what was wanted and what was found.
    [[nodiscard]] static Result<std::shared_ptr<const Tokenizer>>
    open(const std::filesystem::path& file);
    /// The same for the text of a tokenizer.json; `name` stands for the file in messages.
    [[nodiscard]] static Result<std::shared_ptr<const Tokenizer>> parse(std::string_view text,
                                                                        const std::string& name);

    ~Tokenizer();
    Tokenizer(const Tokenizer&) = delete;
    Tokenizer& operator=(const Tokenizer&) = delete;

    /// Tokens of `text` (any bytes; invalid UTF-8 is encoded byte by byte and decodes back).
    [[nodiscard]] std::vector<TokenId> encode(std::string_view text) const;
    /// The same with the place of each token; `text` is under 4 GiB.
    [[nodiscard]] Encoding encodeWithOffsets(std::string_view text) const;

    /// Tokens of a text in which "<｜User｜>" and the like stand for the special tokens, as the
    /// reference implementation reads text. For templates that the program itself wrote, never
    /// for anything that holds a document or what a person typed.
    [[nodiscard]] std::vector<TokenId> encodeMarked(std::string_view text) const;

    /// The exact bytes the tokens stand for, joined. Special tokens give their content.
    [[nodiscard]] std::string decode(std::span<const TokenId> ids) const;

    /// Bytes of one token; empty for an id outside the vocabulary. Valid as long as the tokenizer.
    [[nodiscard]] std::string_view tokenBytes(TokenId id) const;

    /// Id of a special (added) token by its content, for example "<｜User｜>".
    [[nodiscard]] std::optional<TokenId> special(std::string_view content) const;
    [[nodiscard]] bool isSpecial(TokenId id) const;

    /// One more than the largest id.
    [[nodiscard]] std::size_t vocabSize() const;

private:
    struct Impl;
    explicit Tokenizer(std::unique_ptr<Impl> impl);
    [[nodiscard]] static Result<std::shared_ptr<const Tokenizer>> make(TokenizerFile contents,
                                                                       const std::string& name);
    std::unique_ptr<Impl> m_impl;
};

/// Turns a stream of tokens into text without ever giving out half a character: bytes of an
/// unfinished UTF-8 sequence are held back until it is complete or proved wrong.
class StreamDecoder
{
public:
    explicit StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer);

    /// Text that became complete with this token; may be empty.
    [[nodiscard]] std::string push(TokenId id);

    /// Whatever was held back, with U+FFFD for bytes that never became a character.
    [[nodiscard]] std::string finish();

private:
    std::shared_ptr<const Tokenizer> m_tokenizer;
    std::string m_pending;
};

} // namespace engine
