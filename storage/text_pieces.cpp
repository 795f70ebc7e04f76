// SPDX-License-Identifier: GPL-3.0-or-later
#include "text_pieces.h"

#include <algorithm>

#include "utf8.h"

namespace storage {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{32} << 10U;

} // namespace

std::optional<CutText> cutText(std::string_view text)
{
    if (!isUtf8(text))
        return std::nullopt;
    CutText cut;
    std::size_t begin = 0;
    while (begin < text.size()) {
        std::size_t end = std::min(text.size(), begin + kPieceBytes);
        while (!isCharacterBoundary(text, end))
            --end;
        const std::string_view piece = text.substr(begin, end - begin);
        cut.pieces.push_back({begin, cut.characters, piece});
        cut.characters += countCharacters(piece);
        begin = end;
    }
    return cut;
}

} // namespace storage
