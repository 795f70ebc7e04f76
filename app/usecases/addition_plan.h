// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/tokenizer.h"
#include "ingest/document.h"
#include "storage/source.h"
#include "usecases/error.h"

namespace app {

/// What one session holds at most, in tokens of its timeline.
inline constexpr std::uint64_t kSessionTokens = 1'000'000;

enum class AddVerdict
{
    add,           ///< will be added
    present,       ///< the same bytes are in the session already
    needsPassword, ///< protected; see unlockItem()
    skipped,       ///< left out by a rule of folders
    failed,        ///< cannot be read
    tooMuch,       ///< does not fit into what is left of the session
};

/// One file that an addition came across.
struct AddItem
{
    int id = 0;                         ///< unique within the plan
    std::size_t argument = 0;           ///< index of the path that led here
    std::filesystem::path path;         ///< absolute
    std::string folder;                 ///< the added folder's own name, or empty
    std::filesystem::path relativePath; ///< below that folder, or empty
    std::string format;                 ///< "pdf", "text" ...; empty for what was not read
    std::uint64_t bytes = 0;
    std::uint32_t pages = 0;
    std::uint32_t lines = 0;
    std::optional<std::uint64_t> tokens; ///< on the timeline; unknown for what was not read
    AddVerdict verdict = AddVerdict::add;
    std::string reason;                        ///< a sentence
    std::string reasonGroup;                   ///< short, shared by many: "binary"
    std::uint64_t fileCount = 1;               ///< of a folder left out as a whole
    std::optional<storage::SourceId> sourceId; ///< of what is present
    std::optional<storage::SourceId> replaces; ///< an older reading of the same path
    /// What was read, kept so that it need not be read twice; null when the plan holds far more
    /// than fits.
    std::shared_ptr<const ingest::Document> document;
    std::string password; ///< that opened it
};

/// What adding some paths would bring. Nothing has been stored.
struct AddPlan
{
    std::vector<std::filesystem::path> arguments;
    std::vector<AddItem> items;
    std::uint64_t tokensFree = 0; ///< left in the session before the addition
};

/// The part of a session that planning looks at; a snapshot, so that planning can run while the
/// session is being read.
struct SessionSnapshot
{
    std::vector<storage::Source> sources;
    std::uint64_t tokensPlanned = 0; ///< length of the timeline with all sources on it
};

struct PlanOptions
{
    std::string password; ///< tried on protected files
    std::stop_token stop;
    /// Called on the planning thread with the number of files seen and the one in hand.
    std::function<void(std::size_t filesSeen, const std::filesystem::path& file)> progress;
};

/// Looks at files and folders, reads them as text and counts their tokens. What cannot be added
/// becomes an item with its reason; a path that does not exist is an item too (failed).
/// Errors: cancelled.
[[nodiscard]] Result<AddPlan> planAddition(const engine::Tokenizer& tokenizer,
                                           const std::vector<std::filesystem::path>& paths,
                                           const SessionSnapshot& session,
                                           const PlanOptions& options = {});

/// Tries one protected item again. Its verdict says how that went.
void unlockItem(AddItem& item, const engine::Tokenizer& tokenizer, const std::string& password);

/// Refuses, argument by argument, what is more than the session has room for: all of an argument
/// or nothing, since half of a book or of a codebase would be searched as if it were the whole.
void refuseWhatDoesNotFit(AddPlan& plan);

/// What a source is called in the session: its title, or its path below the added folder where
/// names repeat (code, text).
[[nodiscard]] std::string sourceTitle(const AddItem& item, const ingest::Document& document);

} // namespace app
