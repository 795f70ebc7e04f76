// SPDX-License-Identifier: GPL-3.0-or-later
#include <string_view>

#include <fmt/format.h>

#include "usecases/json_values.h"
#include "usecases/transcript.h"
#include "usecases/words.h"

namespace app {

namespace {

// Also laid out by QTextDocument for the PDF: simple rules only.
constexpr std::string_view kStyle =
    "body{font-family:'Noto Sans','DejaVu Sans',sans-serif;line-height:1.45;max-width:46em;"
    "margin:2em auto;padding:0 1em;color:#1b1b1b}"
    "h1{font-size:1.6em}h2{font-size:1.15em;margin-top:2em}"
    "p.about,p.when,span.state{color:#5a5a5a}"
    "blockquote{margin:0.2em 0 1em 1.2em;padding-left:0.8em;border-left:3px solid #b9c4d0;"
    "white-space:pre-wrap}";

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string withBreaks(std::string_view text)
{
    std::string out;
    for (const char c : escaped(text)) {
        out += c == '\n' ? std::string("<br>\n") : std::string(1, c);
    }
    return out;
}

std::string closingWord(storage::MessageState state)
{
    if (state == storage::MessageState::stopped) {
        return "<p class=\"when\">Stopped.</p>\n";
    }
    return state == storage::MessageState::failed ? "<p class=\"when\">Failed.</p>\n" : "";
}

std::string exchangeHtml(const Exchange& exchange)
{
    const std::string version = versionWords(exchange);
    std::string out = fmt::format("<h2>{}</h2>\n<p class=\"when\">{}{}{}</p>\n<p>{}</p>\n{}",
                                  withBreaks(exchange.question), dateAndTime(exchange.askedAt),
                                  version.empty() ? "" : ", ", version, withBreaks(exchange.answer),
                                  closingWord(exchange.state));
    if (exchange.citations.empty()) {
        return out;
    }
    out += exchange.state == storage::MessageState::notFound ? "<p>Places to look:</p>\n"
                                                             : "<p>Sources:</p>\n";
    for (const Citation& citation : exchange.citations) {
        out += fmt::format("<p><b>[{}] {}</b> <span class=\"state\">({})</span></p>\n"
                           "<blockquote>{}</blockquote>\n",
                           citation.rank, escaped(sourceLine(citation)),
                           escaped(stateWords(citation)), withBreaks(citation.quote));
    }
    return out;
}

} // namespace

std::string toHtml(const Transcript& transcript)
{
    std::string out = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n"
        "<p class=\"about\">Exported {2} by Lectern {3}. Model: {4}. Read: {5} tokens.</p>\n",
        escaped(transcript.title), kStyle, dateAndTime(transcript.exportedAt),
        transcript.programVersion, escaped(transcript.modelName),
        withThousands(transcript.tokensRead));
    for (const Exchange& exchange : transcript.conversation) {
        out += exchangeHtml(exchange);
    }
    out += "<h2>Documents</h2>\n<ul>\n";
    for (const storage::Source& source : transcript.sources) {
        out += fmt::format("<li>{} <span class=\"state\">({}), {} tokens, {}</span></li>\n",
                           escaped(source.title), escaped(source.path),
                           withThousands(source.tokenCount.value_or(0)),
                           sourceStateWord(source, transcript.sources));
    }
    return out + "</ul>\n</body>\n</html>\n";
}

} // namespace app
