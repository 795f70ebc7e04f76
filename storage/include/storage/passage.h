// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "storage/ranges.h"

namespace storage {

/// A piece of a source as the caller cuts it. The text itself is not passed: storage takes it from
/// the source's stored text.
struct NewPassage
{
    TextRange text;
    TokenRange tokens;   ///< on the session's timeline
    std::string heading; ///< of the chapter or definition that it stands under; may be empty
};

struct Passage : NewPassage
{
    PassageId id = 0;
    SourceId sourceId = 0;
    std::uint32_t ordinal = 0; ///< from 0 within its source
};

} // namespace storage
