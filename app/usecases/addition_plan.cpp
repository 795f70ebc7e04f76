// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/addition_plan.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "ingest/folder_listing.h"
#include "ingest/read_document.h"
#include "usecases/document_tokens.h"
#include "usecases/error_mapping.h"
#include "usecases/source_changes.h"
#include "usecases/words.h"

namespace app {
namespace fs = std::filesystem;

namespace {

class Planner
{
public:
    Planner(const engine::Tokenizer& tokenizer, const SessionSnapshot& session,
            const PlanOptions& options)
        : m_tokenizer(tokenizer), m_session(session), m_options(options)
    {
        for (const storage::Source& source : session.sources) {
            if (!isReplaced(source, session.sources) && !source.contentHash.empty()) {
                m_known.emplace(source.contentHash, source.id);
            }
        }
        m_plan.tokensFree = kSessionTokens - std::min(kSessionTokens, session.tokensPlanned);
    }

    Result<AddPlan> run(const std::vector<fs::path>& paths)
    {
        m_plan.arguments = paths;
        for (std::size_t argument = 0; argument < paths.size(); ++argument) {
            std::error_code error;
            const fs::path path = fs::absolute(paths[argument], error).lexically_normal();
            if (fs::is_directory(path, error)) {
                addFolder(argument, path);
            } else {
                AddItem item;
                item.path = path;
                addFile(argument, std::move(item));
            }
            if (m_options.stop.stop_requested()) {
                return fail(ErrorCode::cancelled, "stopped before anything was added");
            }
        }
        return std::move(m_plan);
    }

private:
    AddItem& push(std::size_t argument, AddItem item)
    {
        item.id = static_cast<int>(m_plan.items.size()) + 1;
        item.argument = argument;
        return m_plan.items.emplace_back(std::move(item));
    }

    void addFolder(std::size_t argument, const fs::path& folder)
    {
        ingest::ListingOptions options;
        options.progress = [this, &folder](std::size_t seen) {
            if (m_options.progress) {
                m_options.progress(seen, folder);
            }
        };
        const auto listing = ingest::listFolder(folder, options, m_options.stop);
        if (!listing) {
            AddItem item;
            item.path = folder;
            item.verdict = AddVerdict::failed;
            item.reason = listing.error().message;
            push(argument, std::move(item));
            return;
        }
        const std::string name = folderName(listing->root);
        for (const ingest::ListedFile& file : listing->files) {
            if (m_options.stop.stop_requested()) {
                return;
            }
            AddItem item;
            item.path = file.path;
            item.folder = name;
            item.relativePath = file.relativePath;
            item.bytes = file.bytes;
            addFile(argument, std::move(item));
        }
        for (const ingest::SkippedEntry& skipped : listing->skipped) {
            push(argument, skippedItem(listing->root, name, skipped));
        }
        if (listing->files.empty()) {
            AddItem item;
            item.path = folder;
            item.verdict = AddVerdict::failed;
            item.reason = fmt::format("{}: wanted documents or code, found none that can be read",
                                      folder.string());
            push(argument, std::move(item));
        }
    }

    static AddItem skippedItem(const fs::path& root, const std::string& folder,
                               const ingest::SkippedEntry& skipped)
    {
        AddItem item;
        item.path = root / skipped.relativePath;
        item.folder = folder;
        item.relativePath = skipped.relativePath;
        item.verdict = AddVerdict::skipped;
        item.reasonGroup = ingest::skipReasonName(skipped.reason);
        item.reason = skipped.words.empty() ? item.reasonGroup : skipped.words;
        item.fileCount = skipped.fileCount;
        if (skipped.isFolder) {
            item.reason += fmt::format(" ({}{} files)", skipped.countIsCapped ? "at least " : "",
                                       withThousands(skipped.fileCount));
        }
        return item;
    }

    void addFile(std::size_t argument, AddItem item)
    {
        if (m_options.progress) {
            m_options.progress(m_plan.items.size(), item.path);
        }
        const auto hash = ingest::hashFile(item.path, m_options.stop);
        if (!hash) {
            item.verdict = AddVerdict::failed;
            item.reason = hash.error().message;
        } else if (const auto known = m_known.find(*hash); known != m_known.end()) {
            markPresent(item, known->second);
        } else if (const auto seen = m_seen.find(*hash); seen != m_seen.end()) {
            item.verdict = AddVerdict::skipped;
            item.reasonGroup = "duplicate";
            item.reason = fmt::format("the same content as {}", seen->second);
        } else {
            m_seen.emplace(*hash, item.path.string());
            read(item);
        }
        push(argument, std::move(item));
    }

    void markPresent(AddItem& item, storage::SourceId id) const
    {
        const auto found = std::find_if(m_session.sources.begin(), m_session.sources.end(),
                                        [id](const auto& source) { return source.id == id; });
        item.verdict = AddVerdict::present;
        item.sourceId = id;
        item.format = found->format;
        item.pages = found->pageCount;
        item.lines = found->lineCount;
        item.tokens = found->tokenCount;
        item.reasonGroup = "already in the session";
        item.reason = found->path == item.path.string()
                          ? "already in the session, unchanged"
                          : fmt::format("the same content is in the session as {}", found->path);
    }

    void read(AddItem& item)
    {
        readItem(item, m_tokenizer, m_options.password, m_options.stop);
        if (item.verdict != AddVerdict::add) {
            return;
        }
        markReplaced(item);
        m_tokensKept += *item.tokens;
        // Far beyond what fits only the counts matter; keeping the texts could fill the memory.
        if (m_tokensKept > 2 * kSessionTokens) {
            item.document = nullptr;
        }
    }

    void markReplaced(AddItem& item) const
    {
        for (const storage::Source& source : m_session.sources) {
            if (source.path == item.path.string() && !isReplaced(source, m_session.sources)) {
                item.replaces = source.id;
                item.reason = "the file has changed since it was read: this version is read "
                              "too, and answers use it instead of the earlier one";
            }
        }
    }

public:
    static void readItem(AddItem& item, const engine::Tokenizer& tokenizer,
                         const std::string& password, const std::stop_token& stop)
    {
        ingest::ReadOptions options;
        options.password = password;
        options.stop = stop;
        auto document = ingest::readDocument(item.path, options);
        if (!document) {
            const bool locked = document.error().code == ingest::ErrorCode::encrypted ||
                                document.error().code == ingest::ErrorCode::wrongPassword;
            item.verdict = locked ? AddVerdict::needsPassword : AddVerdict::failed;
            item.reason = document.error().message;
            return;
        }
        item.verdict = AddVerdict::add;
        item.reason.clear();
        item.password = password;
        item.format = ingest::formatName(document->maps.format);
        item.bytes = document->fileBytes;
        item.pages = static_cast<std::uint32_t>(document->maps.pages.size());
        item.lines = static_cast<std::uint32_t>(document->maps.lineBegins.size());
        for (const std::string& note : document->notes) {
            item.reason += (item.reason.empty() ? "" : "; ") + note;
        }
        item.tokens =
            documentTokens(tokenizer, sourceTitle(item, *document), document->text).ids.size();
        item.document = std::make_shared<const ingest::Document>(std::move(*document));
    }

private:
    const engine::Tokenizer& m_tokenizer;
    const SessionSnapshot& m_session;
    const PlanOptions& m_options;
    AddPlan m_plan;
    std::unordered_map<std::string, storage::SourceId> m_known; ///< by content hash
    std::unordered_map<std::string, std::string> m_seen;        ///< hash to path, of this plan
    std::uint64_t m_tokensKept = 0;
};

} // namespace

Result<AddPlan> planAddition(const engine::Tokenizer& tokenizer, const std::vector<fs::path>& paths,
                             const SessionSnapshot& session, const PlanOptions& options)
{
    return Planner(tokenizer, session, options).run(paths);
}

void unlockItem(AddItem& item, const engine::Tokenizer& tokenizer, const std::string& password)
{
    Planner::readItem(item, tokenizer, password, {});
}

void refuseWhatDoesNotFit(AddPlan& plan)
{
    std::uint64_t free = plan.tokensFree;
    for (std::size_t argument = 0; argument < plan.arguments.size(); ++argument) {
        std::uint64_t wanted = 0;
        for (const AddItem& item : plan.items) {
            if (item.argument == argument && item.verdict == AddVerdict::add) {
                wanted += item.tokens.value_or(0);
            }
        }
        if (wanted <= free) {
            free -= wanted;
            continue;
        }
        for (AddItem& item : plan.items) {
            if (item.argument == argument && item.verdict == AddVerdict::add) {
                item.verdict = AddVerdict::tooMuch;
                item.reason = fmt::format("{}: {} tokens, but only {} of {} are left: {} too many",
                                          plan.arguments[argument].string(), withThousands(wanted),
                                          withThousands(free), withThousands(kSessionTokens),
                                          withThousands(wanted - free));
            }
        }
    }
}

std::string sourceTitle(const AddItem& item, const ingest::Document& document)
{
    const bool namedByPath = document.maps.format == ingest::Format::sourceCode ||
                             document.maps.format == ingest::Format::plainText;
    return namedByPath && !item.relativePath.empty() ? item.relativePath.generic_string()
                                                     : document.title;
}

} // namespace app
