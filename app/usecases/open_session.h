// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "answering/answerer.h"
#include "storage/session_file.h"
#include "usecases/addition_plan.h"
#include "usecases/ask_question.h"
#include "usecases/conversation.h"
#include "usecases/error.h"
#include "usecases/model_provider.h"
#include "usecases/place.h"
#include "usecases/row_warmer.h"
#include "usecases/session_sources.h"
#include "usecases/source_reader.h"
#include "usecases/timeline.h"

namespace app {

/// A session that this program has open for writing: it reads sources and answers questions.
///
/// Model and cache are loaded by the first call that needs them; looking at sources and
/// conversation needs neither.
///
/// Thread rule: one thread at a time.
class OpenSession
{
public:
    struct Options
    {
        unsigned threads = 0; ///< of the engine; 0 takes all cores
        /// Rows are read and checked in the background once the session can answer.
        bool warmsRows = false;
    };

    /// Opens a session file. Errors: busy when it is open elsewhere, badInput for what is no
    /// session.
    [[nodiscard]] static Result<std::unique_ptr<OpenSession>>
    open(const std::filesystem::path& path, std::shared_ptr<ModelProvider> models,
         const Options& options);

    /// Takes over a file that was opened, or just made, for writing.
    OpenSession(std::unique_ptr<storage::SessionFile> file, std::shared_ptr<ModelProvider> models,
                const Options& options);

    [[nodiscard]] storage::SessionFile& file() { return *m_file; }
    [[nodiscard]] PlaceFinder& places() { return m_places; }
    [[nodiscard]] const std::shared_ptr<ModelProvider>& models() const { return m_models; }

    /// Makes everything ready for answering. Errors: mismatch when another model read the session
    /// (the message says what differs); `readAgain` is the way out.
    [[nodiscard]] Result<void> load();

    // Adding and reading.

    [[nodiscard]] Result<SessionSnapshot> snapshot();
    /// Stores the chosen items of a plan as sources, waiting to be read: all or none. Gives their
    /// ids in the order of the plan.
    [[nodiscard]] Result<std::vector<storage::SourceId>> store(const AddPlan& plan,
                                                               std::span<const int> itemIds);
    /// Counts tokens and cuts passages of what was stored; `prepared` is called for each source.
    [[nodiscard]] Result<void> prepare(const std::function<void(storage::SourceId)>& prepared,
                                       const std::stop_token& stop);
    /// Reads all that is not read yet, see SourceReader::run.
    [[nodiscard]] Result<void> read(const ReadingObserver& observer, const std::stop_token& stop);
    /// Marks what is not read to its end as stopped (by the person), or as waiting again.
    [[nodiscard]] Result<void> markUnread(storage::SourceState state);
    /// Looks at every byte and puts right what is damaged (session_repair.h); what was done is
    /// among takeNotices(). load(), read() and ask() do it by themselves when they meet damage.
    [[nodiscard]] Result<void> repair(const std::stop_token& stop);
    /// Sentences for the person about what was put right or has to be read again, each once.
    [[nodiscard]] std::vector<std::string> takeNotices();
    /// Forgets the cache of another model, keeps the sources: read() then reads them again.
    [[nodiscard]] Result<void> readAgain();

    // Asking.

    /// Asks about what has been read, and keeps question and answer. `earlier` may be empty.
    [[nodiscard]] Result<Exchange> ask(const std::string& question,
                                       const std::vector<answering::Turn>& earlier,
                                       const AskObserver& observer, const std::stop_token& stop);

    /// Tokens of the timeline that went through the model since it was opened.
    [[nodiscard]] std::uint64_t prefilledTokens() const;
    /// Tokens of sources that have been read: the timeline without its begin token.
    [[nodiscard]] std::uint64_t sourceTokens() const;

private:
    [[nodiscard]] storage::Result<storage::SourceId> storeOne(const AddItem& item,
                                                              const ingest::Document& document);
    [[nodiscard]] Result<void> openTimeline(const LoadedModel& model);
    /// Repairs if there is damage at all: whether it is worth trying again.
    [[nodiscard]] bool hasMended(const std::stop_token& stop);
    void closeTimeline();
    [[nodiscard]] Result<Exchange> askOnce(const std::string& question,
                                           const std::vector<answering::Turn>& earlier,
                                           const AskObserver& observer,
                                           const std::stop_token& stop);
    [[nodiscard]] Result<void> adoptModel(const LoadedModel& model);
    /// Empty where the question has no words.
    [[nodiscard]] std::string rarestWord(const std::string& question);

    std::unique_ptr<storage::SessionFile> m_file;
    std::shared_ptr<ModelProvider> m_models;
    Options m_options;
    PlaceFinder m_places;
    std::unique_ptr<Timeline> m_timeline;
    std::unique_ptr<SourceReader> m_reader;
    std::unique_ptr<SessionSources> m_sources;
    std::unique_ptr<answering::Answerer> m_answerer;
    std::unique_ptr<RowWarmer> m_warmer;
    std::vector<std::string> m_notices;
};

} // namespace app
