// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/transcript.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "usecases/document_tokens.h"
#include "usecases/error_mapping.h"
#include "usecases/json_values.h"
#include "usecases/words.h"

namespace app {
namespace fs = std::filesystem;

namespace {

Json versionJson(const Version& version)
{
    return Json{{"number", version.number}, {"count", version.count}};
}

Json exchangeJson(const Exchange& exchange)
{
    Json sources = Json::array();
    for (const Citation& citation : exchange.citations) {
        sources.push_back(toJson(citation));
    }
    return Json{{"question", exchange.question},
                {"asked_at", isoTime(exchange.askedAt)},
                {"state", exchangeStateName(exchange.state)},
                {"answer", exchange.answer},
                {"not_found", exchange.state == storage::MessageState::notFound},
                {"model", exchange.modelName},
                {"version", versionJson(exchange.questionVersion)},
                {"answer_version", versionJson(exchange.answerVersion)},
                {"sources", std::move(sources)}};
}

Result<void> writeText(const std::string& text, const fs::path& target)
{
    std::ofstream out(target, std::ios::binary | std::ios::trunc);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out) {
        return fail(ErrorCode::failed,
                    fmt::format("{}: wanted to write {} bytes, found: {}", target.string(),
                                text.size(), std::strerror(errno)));
    }
    return {};
}

Result<void> writeTo(const Transcript& transcript, TranscriptFormat format, const fs::path& target)
{
    switch (format) {
    case TranscriptFormat::markdown:
        return writeText(toMarkdown(transcript), target);
    case TranscriptFormat::html:
        return writeText(toHtml(transcript), target);
    case TranscriptFormat::json:
        return writeText(toJsonText(transcript), target);
    case TranscriptFormat::pdf:
        break;
    }
    return writePdf(transcript, target);
}

} // namespace

Result<Transcript> loadTranscript(storage::SessionFile& file, PlaceFinder& places,
                                  TranscriptScope scope)
{
    auto info = file.info();
    if (!info) {
        return passOn(info.error());
    }
    auto sources = file.sources();
    if (!sources) {
        return passOn(sources.error());
    }
    auto conversation = loadBranches(file, places);
    if (!conversation) {
        return passOn(conversation.error());
    }
    std::vector<Exchange> written;
    if (scope == TranscriptScope::allBranches) {
        written = std::move(conversation->exchanges);
    } else {
        for (const Exchange* exchange : conversation->shown()) {
            written.push_back(*exchange);
        }
    }
    auto tokens = file.tokensRead();
    if (!tokens) {
        return passOn(tokens.error());
    }
    Transcript transcript;
    transcript.title = info->title;
    transcript.modelName = info->model.name;
    transcript.programVersion = LECTERN_VERSION;
    transcript.exportedAt = storage::now();
    transcript.tokensRead = *tokens > kTimelineStart ? *tokens - kTimelineStart : 0;
    transcript.sources = std::move(*sources);
    transcript.conversation = std::move(written);
    return transcript;
}

std::string toJsonText(const Transcript& transcript)
{
    Json documents = Json::array();
    for (const storage::Source& source : transcript.sources) {
        Json document = toJson(source, transcript.sources);
        document["title"] = source.title;
        document["content_hash"] = source.contentHash;
        documents.push_back(std::move(document));
    }
    Json conversation = Json::array();
    for (const Exchange& exchange : transcript.conversation) {
        conversation.push_back(exchangeJson(exchange));
    }
    const Json json{{"title", transcript.title},
                    {"exported_at", isoTime(transcript.exportedAt)},
                    {"model", transcript.modelName},
                    {"program", "Lectern " + transcript.programVersion},
                    {"tokens", transcript.tokensRead},
                    {"documents", std::move(documents)},
                    {"conversation", std::move(conversation)}};
    return dump(json, false) + "\n";
}

std::string versionWords(const Exchange& exchange)
{
    std::string words;
    const auto add = [&words](const char* what, const Version& version) {
        if (version.count > 1) {
            words += fmt::format("{}{} {} of {}", words.empty() ? "" : ", ", what, version.number,
                                 version.count);
        }
    };
    add("question", exchange.questionVersion);
    add("answer", exchange.answerVersion);
    return words;
}

std::string sourceLine(const Citation& citation)
{
    std::string line = citation.place.document;
    const std::string where = placeWords(citation.place);
    line += where.empty() ? "" : ", " + where;
    line += citation.place.chapter.empty() ? "" : ", “" + citation.place.chapter + "”";
    return line;
}

Result<void> writeTranscript(const Transcript& transcript, TranscriptFormat format,
                             const fs::path& target)
{
    fs::path part = target;
    part += ".part";
    auto written = writeTo(transcript, format, part);
    std::error_code error;
    if (!written) {
        fs::remove(part, error);
        return written;
    }
    fs::rename(part, target, error);
    if (error) {
        std::error_code ignored;
        fs::remove(part, ignored);
        return fail(ErrorCode::failed, fmt::format("{}: wanted to write the transcript, found: {}",
                                                   target.string(), error.message()));
    }
    return {};
}

} // namespace app
