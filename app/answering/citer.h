// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "answering/answer_sources.h"
#include "answering/answerer.h"
#include "sentences.h"

namespace answering {

/// Gives the text of passages and makes checked citations of parts of them.
class Citer
{
public:
    /// Both must outlive this.
    Citer(AnswerSources& sources, std::span<const SourcePassage> passages);

    /// badInput if the passage lies outside its document's text.
    [[nodiscard]] Result<std::string> passageText(std::size_t passage);

    /// A citation of bytes `quote` of a passage's `text` (as passageText gave it), compared with
    /// the document's text as it is stored now: not with the copy that was read. Rank, role, short
    /// answer and scores are left to the caller.
    [[nodiscard]] Result<CitedSource> cite(std::size_t passage, std::string_view text,
                                           ByteRange quote);

private:
    AnswerSources& m_sources;
    std::span<const SourcePassage> m_passages;
    std::vector<DocumentId> m_documents;
    std::map<DocumentId, std::string> m_texts;
};

} // namespace answering
