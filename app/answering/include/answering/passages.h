// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer.h"

namespace answering {

/// The role of a stretch of text. The same kinds that the readers of files tell apart.
enum class BlockKind : std::uint8_t
{
    heading,
    paragraph,
    listItem,
    code,       ///< a code block of prose, or code outside definitions
    definition, ///< a function, a class, with the comment above it
    table,
};

/// Bytes [textBegin, textEnd) of a document's text. Blocks ascend and do not overlap.
struct Block
{
    BlockKind kind = BlockKind::paragraph;
    std::uint32_t textBegin = 0;
    std::uint32_t textEnd = 0;
};

/// A piece of a document that is located, read and cited as one.
struct Passage
{
    std::uint32_t textBegin = 0; ///< bytes in the document's text, on character boundaries,
    std::uint32_t textEnd = 0;   ///< without white space at either end
    /// Tokens of the document's encoding that touch the text range. Neighbours may share a token
    /// where one token spans both (". " or ".\n\n" before the next passage).
    std::uint32_t tokenBegin = 0;
    std::uint32_t tokenEnd = 0;
    std::string heading; ///< the text of the nearest heading above; empty where there is none
    bool isCode = false; ///< lines matter: most of it is code, a definition or a table
};

struct PassageOptions
{
    /// No passage is longer. The model reads a question beside so much text at a time.
    std::size_t maxTokens = 400;
    /// Neighbours under the same heading are joined while their sum stays within this. Below the
    /// length of an ordinary paragraph: lists, dialogue and short definitions are joined, a
    /// paragraph that stands for itself is left alone.
    std::size_t joinTokens = 96;
};

/// Cuts a document into passages that together hold every character that is not white space.
///
/// Passages begin where blocks begin. A block that is too long is cut after a line that stands
/// before a blank one, after a sentence, after a line (code), after a word, after a character: the
/// first of these that leaves pieces of a sensible size. A heading goes with the text below it.
/// Text outside all blocks, or all of it when there are no blocks, is cut at blank lines.
///
/// `encoding` is the whole text's, as the session's timeline holds it. Pure; any thread.
[[nodiscard]] std::vector<Passage> cutPassages(std::string_view text, std::span<const Block> blocks,
                                               const engine::Encoding& encoding,
                                               const PassageOptions& options = {});

} // namespace answering
