// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "answering/answer_sources.h"
#include "storage/session_file.h"
#include "usecases/error.h"
#include "usecases/place.h"
#include "usecases/timeline.h"

namespace app {

/// One session's sources as the answerer sees them: passages and words from the session file,
/// index rows from the timeline. Passages count only once they have been read to their end, and
/// only where the reader has not left their source out.
///
/// Thread rule: that of the session file. All three must outlive it.
class SessionSources final : public answering::AnswerSources
{
public:
    SessionSources(storage::SessionFile& file, PlaceFinder& places, Timeline& timeline);

    /// Takes in what was added or read since the last call. Call before each question.
    [[nodiscard]] Result<void> refresh();

    [[nodiscard]] answering::Result<std::span<const answering::SourcePassage>> passages() override;
    [[nodiscard]] answering::Result<std::string>
    documentText(answering::DocumentId document) override;
    [[nodiscard]] answering::Result<std::vector<std::string>> words(std::string_view text) override;
    [[nodiscard]] answering::Result<answering::LexicalMatch>
    match(std::span<const std::string> words) override;
    [[nodiscard]] answering::Result<std::vector<float>>
    indexRowScores(const engine::IndexQuery& query) override;
    [[nodiscard]] answering::Result<std::vector<std::size_t>>
    literalMatches(std::string_view text, std::size_t limit) override;

private:
    [[nodiscard]] const answering::SourcePassage* passageAt(storage::SourceId source,
                                                            std::uint64_t byte) const;

    storage::SessionFile& m_file;
    PlaceFinder& m_places;
    Timeline& m_timeline;
    std::vector<answering::SourcePassage> m_passages;
    std::unordered_map<storage::PassageId, std::size_t> m_indexById;
    std::unordered_map<storage::SourceId, std::pair<std::size_t, std::size_t>> m_rangeBySource;
};

} // namespace app
