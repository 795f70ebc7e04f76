// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/json_values.h"

#include "usecases/source_changes.h"

namespace app {

namespace {

Json orNull(const std::optional<std::uint32_t>& number)
{
    return number ? Json(*number) : Json(nullptr);
}

std::string joined(const std::vector<std::string>& notes)
{
    std::string all;
    for (const std::string& note : notes) {
        all += (all.empty() ? "" : "; ") + note;
    }
    return all;
}

std::string verdictName(AddVerdict verdict)
{
    switch (verdict) {
    case AddVerdict::add:
        return "waiting";
    case AddVerdict::present:
        return "present";
    case AddVerdict::skipped:
        return "skipped";
    case AddVerdict::tooMuch:
        return "refused";
    case AddVerdict::needsPassword:
    case AddVerdict::failed:
        break;
    }
    return "failed";
}

} // namespace

Json toJson(const Citation& citation)
{
    const Place& place = citation.place;
    return Json{{"rank", citation.rank},
                {"document", place.document},
                {"path", place.path},
                {"page", orNull(place.page)},
                {"line_start", orNull(place.lineBegin)},
                {"line_end", orNull(place.lineEnd)},
                {"chapter", place.chapter},
                {"quote", citation.quote},
                {"state", std::string(storage::citationStateName(citation.state))},
                {"score", citation.score},
                {"text_begin", place.characters.begin},
                {"text_end", place.characters.end}};
}

Json toJson(const SearchHit& hit)
{
    return Json{{"document", hit.place.document},
                {"page", orNull(hit.place.page)},
                {"line_start", orNull(hit.place.lineBegin)},
                {"text", hit.snippet},
                {"text_begin", hit.place.characters.begin},
                {"text_end", hit.place.characters.end}};
}

std::string sourceStateWord(const storage::Source& source, std::span<const storage::Source> all)
{
    if (isReplaced(source, all)) {
        return "replaced";
    }
    return source.hidden ? "hidden" : std::string(storage::sourceStateName(source.state));
}

Json toJson(const storage::Source& source, std::span<const storage::Source> all)
{
    std::string reason = source.reason;
    const std::string notes = joined(source.notes);
    reason += (reason.empty() || notes.empty() ? "" : "; ") + notes;
    return Json{{"path", source.path},
                {"format", source.format},
                {"pages", source.pageCount},
                {"tokens", source.tokenCount.value_or(0)},
                {"state", sourceStateWord(source, all)},
                {"reason", reason}};
}

Json toJson(const AddItem& item)
{
    return Json{{"path", item.path.string()},
                {"format", item.format},
                {"pages", item.pages},
                {"tokens", item.tokens.value_or(0)},
                {"state", verdictName(item.verdict)},
                {"reason", item.reason}};
}

std::string exchangeStateName(storage::MessageState state)
{
    switch (state) {
    case storage::MessageState::complete:
        return "answered";
    case storage::MessageState::notFound:
        return "not_found";
    case storage::MessageState::cannotDo:
        return "cannot_do";
    case storage::MessageState::stopped:
        return "stopped";
    case storage::MessageState::failed:
        break;
    }
    return "failed";
}

std::string dump(const Json& json, bool compact)
{
    return json.dump(compact ? -1 : 2, ' ', false, Json::error_handler_t::replace);
}

} // namespace app
