// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/document_tokens.h"

#include <string>

#include "answering/passages.h"
#include "ingest/position.h"

namespace app {

namespace {

answering::BlockKind kindOf(ingest::BlockKind kind)
{
    switch (kind) {
    case ingest::BlockKind::heading:
        return answering::BlockKind::heading;
    case ingest::BlockKind::listItem:
        return answering::BlockKind::listItem;
    case ingest::BlockKind::code:
        return answering::BlockKind::code;
    case ingest::BlockKind::definition:
        return answering::BlockKind::definition;
    case ingest::BlockKind::table:
        return answering::BlockKind::table;
    case ingest::BlockKind::paragraph:
        break;
    }
    return answering::BlockKind::paragraph;
}

} // namespace

DocumentTokens documentTokens(const engine::Tokenizer& tokenizer, std::string_view title,
                              std::string_view text)
{
    DocumentTokens tokens;
    tokens.ids = tokenizer.encode(std::string(title) + "\n\n");
    tokens.textBegin = tokens.ids.size();
    tokens.text = tokenizer.encodeWithOffsets(text);
    tokens.ids.insert(tokens.ids.end(), tokens.text.ids.begin(), tokens.text.ids.end());
    const std::vector<engine::TokenId> end = tokenizer.encode("\n\n");
    tokens.ids.insert(tokens.ids.end(), end.begin(), end.end());
    return tokens;
}

std::vector<storage::NewPassage> documentPassages(std::string_view text,
                                                  const ingest::DocumentMaps& maps,
                                                  const DocumentTokens& tokens,
                                                  std::uint64_t timelineBegin)
{
    std::vector<answering::Block> blocks;
    blocks.reserve(maps.blocks.size());
    for (const ingest::Block& block : maps.blocks) {
        blocks.push_back({kindOf(block.kind), block.textBegin, block.textEnd});
    }
    const std::uint64_t textBegin = timelineBegin + tokens.textBegin;
    std::vector<storage::NewPassage> passages;
    for (const answering::Passage& cut : answering::cutPassages(text, blocks, tokens.text)) {
        storage::NewPassage& passage = passages.emplace_back();
        passage.text = {cut.textBegin, cut.textEnd};
        passage.tokens = {textBegin + cut.tokenBegin, textBegin + cut.tokenEnd};
        passage.heading = cut.heading;
        // A definition's own name is the better heading in code, where no line looks like one.
        if (passage.heading.empty()) {
            passage.heading = ingest::locate(maps, cut.textBegin, cut.textEnd).chapter;
        }
    }
    return passages;
}

} // namespace app
