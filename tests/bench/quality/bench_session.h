// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "answering/answer_sources.h"
#include "question_set.h"
#include "usecases/model_provider.h"
#include "usecases/session_sources.h"
#include "usecases/timeline.h"

/// All paragraphs of a question set as one session: an article is a document, read and stored as
/// the program reads and stores any other. The session file stays in the cache folder, under a name
/// that changes with the model, so that a second run reads nothing again.
class BenchSession
{
public:
    /// Ends the program with a message on failure.
    [[nodiscard]] static std::unique_ptr<BenchSession>
    open(const std::filesystem::path& cacheFolder, const app::LoadedModel& model,
         const QuestionSet& questions, unsigned threads);

    [[nodiscard]] app::SessionSources& sources() { return *m_sources; }
    [[nodiscard]] std::uint64_t tokens() const { return m_timeline->length(); }
    [[nodiscard]] std::uint64_t tokensReadNow() const { return m_timeline->prefilledTokens(); }
    [[nodiscard]] double readingSeconds() const { return m_readingSeconds; }

    /// Which paragraph a passage lies in (the one it begins in).
    [[nodiscard]] std::size_t paragraphOf(std::size_t passage) const
    {
        return m_paragraphOfPassage[passage];
    }
    /// The passage that holds a byte of a paragraph.
    [[nodiscard]] std::size_t passageAt(std::size_t paragraph, std::size_t byte) const;

private:
    BenchSession() = default;

    void readAll(const app::LoadedModel& model, unsigned threads);
    void mapPassages(const QuestionSet& questions);

    std::unique_ptr<storage::SessionFile> m_file;
    std::unique_ptr<app::PlaceFinder> m_places;
    std::unique_ptr<app::Timeline> m_timeline;
    std::unique_ptr<app::SessionSources> m_sources;
    std::vector<std::size_t> m_paragraphOfPassage;
    std::vector<std::size_t> m_beginOfParagraph; ///< byte in its document
    double m_readingSeconds = 0.0;
};
