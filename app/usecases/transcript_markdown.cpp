// SPDX-License-Identifier: GPL-3.0-or-later
#include <string_view>

#include <fmt/format.h>

#include "usecases/json_values.h"
#include "usecases/transcript.h"
#include "usecases/words.h"

namespace app {

namespace {

// Text from documents must not turn into headings, links or markup of the transcript.
std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (std::string_view("\\`*_{}[]<>#|~").find(c) != std::string_view::npos) {
            out += '\\';
        }
        out += c;
    }
    return out;
}

std::string oneLine(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
        if (!space) {
            out += c;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    return out;
}

// A block quotation keeps the lines of code; every line needs its own mark.
std::string blockQuote(std::string_view text)
{
    std::string out = "   > ";
    for (const char c : escaped(text)) {
        out += c;
        if (c == '\n') {
            out += "   > ";
        }
    }
    return out;
}

std::string answerText(const Exchange& exchange)
{
    const std::string text = escaped(exchange.answer);
    switch (exchange.state) {
    case storage::MessageState::stopped:
        return text + (text.empty() ? "*Stopped.*" : "\n\n*Stopped.*");
    case storage::MessageState::failed:
        return text + (text.empty() ? "*Failed.*" : "\n\n*Failed.*");
    default:
        return text;
    }
}

std::string exchangeMarkdown(const Exchange& exchange)
{
    const std::string version = versionWords(exchange);
    std::string out = fmt::format(
        "## {}\n\n*{}{}{}*\n\n{}\n\n", escaped(oneLine(exchange.question)),
        dateAndTime(exchange.askedAt), version.empty() ? "" : ", ", version, answerText(exchange));
    if (exchange.citations.empty()) {
        return out;
    }
    out +=
        exchange.state == storage::MessageState::notFound ? "Places to look:\n\n" : "Sources:\n\n";
    for (const Citation& citation : exchange.citations) {
        out +=
            fmt::format("{}. **{}** ({})\n\n{}\n\n", citation.rank, escaped(sourceLine(citation)),
                        stateWords(citation), blockQuote(citation.quote));
    }
    return out;
}

} // namespace

std::string toMarkdown(const Transcript& transcript)
{
    std::string out =
        fmt::format("# {}\n\nExported {} by Lectern {}. Model: {}. Read: {} tokens.\n\n",
                    escaped(oneLine(transcript.title)), dateAndTime(transcript.exportedAt),
                    transcript.programVersion, escaped(transcript.modelName),
                    withThousands(transcript.tokensRead));
    for (const Exchange& exchange : transcript.conversation) {
        out += exchangeMarkdown(exchange);
    }
    out += "## Documents\n\n";
    for (const storage::Source& source : transcript.sources) {
        out += fmt::format("- {} ({}), {} tokens, {}\n", escaped(oneLine(source.title)),
                           escaped(source.path), withThousands(source.tokenCount.value_or(0)),
                           sourceStateWord(source, transcript.sources));
    }
    return out;
}

} // namespace app
