// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/source_changes.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "usecases/document_tokens.h"
#include "usecases/error_mapping.h"
#include "usecases/reading_pace.h"
#include "usecases/words.h"

namespace app {

namespace {

std::vector<storage::Source> listed(std::span<const storage::Source> sources)
{
    std::vector<storage::Source> list;
    std::copy_if(sources.begin(), sources.end(), std::back_inserter(list),
                 [&](const storage::Source& one) { return !isReplaced(one, sources); });
    return list;
}

bool endsWithPath(const std::string& path, const std::string& end)
{
    return path == end || path.ends_with("/" + end);
}

Result<storage::Source> onlyOne(const std::vector<storage::Source>& found,
                                const std::string& document, const std::string& session)
{
    if (found.size() == 1) {
        return found.front();
    }
    if (found.empty()) {
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted the document “{}”, found none of that title or path",
                                session, document));
    }
    return fail(ErrorCode::badInput,
                fmt::format("{}: wanted one document, found {} that “{}” fits: {} and {}", session,
                            found.size(), document, found[0].path, found[1].path));
}

} // namespace

bool isReplaced(const storage::Source& source, std::span<const storage::Source> sources)
{
    return source.hidden &&
           std::any_of(sources.begin(), sources.end(), [&source](const storage::Source& other) {
               return other.ordinal > source.ordinal && other.path == source.path;
           });
}

Result<RemovalPrice> removalPrice(storage::SessionFile& file, storage::SourceId id)
{
    const auto tokens = file.tokensToReadAgainIfRemoved(id);
    if (!tokens) {
        return passOn(tokens.error());
    }
    RemovalPrice price;
    // The token that begins every timeline comes along with whatever is read next.
    price.tokens = *tokens > kTimelineStart ? *tokens : 0;
    if (price.tokens == 0) {
        return price;
    }
    const auto sources = file.sources();
    const auto length = file.tokensRead();
    const auto pace = measuredPace(file);
    if (!sources || !length) {
        return passOn(sources ? length.error() : sources.error());
    }
    if (!pace) {
        return tl::unexpected(pace.error());
    }
    const auto source = std::find_if(sources->begin(), sources->end(),
                                     [id](const storage::Source& one) { return one.id == id; });
    const std::uint64_t own = std::min(source->tokens->end, *length) - source->tokens->begin;
    const std::uint64_t cut = *length - own - price.tokens; // where reading goes on from
    price.laterSources = static_cast<std::size_t>(
        std::count_if(sources->begin(), sources->end(), [&](const storage::Source& other) {
            return other.id != id && other.tokens && other.tokens->begin < *length &&
                   other.tokens->end > cut;
        }));
    price.duration = pace->timeFor(cut, cut + price.tokens);
    return price;
}

std::string priceWords(const RemovalPrice& price)
{
    if (price.tokens == 0) {
        return "Nothing has to be read again.";
    }
    std::string words = fmt::format(
        "Later sources must be read again: {}, {} tokens",
        price.laterSources == 1 ? "1 source" : withThousands(price.laterSources) + " sources",
        withThousands(price.tokens));
    if (price.duration) {
        words += ", " + aboutDuration(*price.duration);
    }
    return words + ".";
}

Result<void> takeOut(storage::SessionFile& file, storage::SourceId id)
{
    const auto before = file.sources();
    if (!before) {
        return passOn(before.error());
    }
    const auto done = file.together([&]() -> storage::Result<void> {
        if (auto removed = file.removeSource(id, storage::LaterSources::readAgain); !removed) {
            return removed;
        }
        const auto after = file.sources();
        if (!after) {
            return tl::unexpected(after.error());
        }
        // The cut may go through a source. It was no person who stopped it.
        for (const storage::Source& source : *after) {
            const auto was = std::find_if(before->begin(), before->end(),
                                          [&](const auto& one) { return one.id == source.id; });
            if (source.state != storage::SourceState::stopped || was->state == source.state) {
                continue;
            }
            storage::SourceUpdate update;
            update.state = storage::SourceState::waiting;
            if (auto updated = file.updateSource(source.id, update); !updated) {
                return updated;
            }
        }
        return {};
    });
    if (!done) {
        return passOn(done.error());
    }
    return {};
}

Result<void> setHidden(storage::SessionFile& file, storage::SourceId id, bool hidden)
{
    storage::SourceUpdate update;
    update.hidden = hidden;
    if (auto done = file.updateSource(id, update); !done) {
        return passOn(done.error());
    }
    return {};
}

Result<storage::Source> findSource(storage::SessionFile& file, const std::string& document)
{
    const auto sources = file.sources();
    if (!sources) {
        return passOn(sources.error());
    }
    const std::vector<storage::Source> all = listed(*sources);
    const std::string session = file.path().string();
    std::size_t place = 0;
    if (document.starts_with('#') &&
        std::from_chars(document.data() + 1, document.data() + document.size(), place).ec ==
            std::errc()) {
        if (place < 1 || place > all.size()) {
            return fail(ErrorCode::badInput, fmt::format("{}: wanted document {}, found {}",
                                                         session, document, all.size()));
        }
        return all[place - 1];
    }
    const auto matching = [&all](auto fits) {
        std::vector<storage::Source> found;
        std::copy_if(all.begin(), all.end(), std::back_inserter(found), fits);
        return found;
    };
    std::error_code error;
    const std::string absolute = std::filesystem::absolute(document, error).string();
    auto found = matching([&](const storage::Source& one) {
        return one.title == document || one.path == document || one.path == absolute;
    });
    if (found.empty()) {
        found = matching([&](const auto& one) { return endsWithPath(one.path, document); });
    }
    return onlyOne(found, document, session);
}

} // namespace app
