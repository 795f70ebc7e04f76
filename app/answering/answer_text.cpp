// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer_text.h"

#include <fmt/format.h>

namespace answering {

std::string sourceMark(std::size_t rank)
{
    return fmt::format("[{}]", rank);
}

std::string runningText(std::string_view text)
{
    std::string running;
    bool inSpace = false;
    for (const char c : text) {
        const bool isSpace = c == ' ' || (c >= '\t' && c <= '\r');
        if (!isSpace) {
            running.push_back(c);
        } else if (!inSpace) {
            running.push_back(' ');
        }
        inSpace = isSpace;
    }
    return running;
}

std::string notFoundText(const NotFoundFacts& facts)
{
    std::string text = "Your sources do not seem to say this.";
    if (!facts.hasSources) {
        return text + " The session holds no text yet.";
    }
    if (!facts.hasKnownWord) {
        return text + " None of the words you asked about stands in them.";
    }
    if (facts.numPlaces > 0) {
        text += facts.numPlaces == 1 ? " This place holds some of your words:"
                                     : " These places hold some of your words:";
    }
    return text;
}

std::string namedPlacesText(std::string_view name, std::size_t numPlaces)
{
    return numPlaces == 1
               ? fmt::format("No passage answers this in words, but “{}” stands here:", name)
               : fmt::format("No passage answers this in words, but “{}” stands in these places:",
                             name);
}

std::string cannotDoText(RequestKind kind, std::size_t numPlaces)
{
    std::string text;
    switch (kind) {
    case RequestKind::summarise:
        text = "This model cannot write summaries: it finds passages, quotes them and answers "
               "questions about them.";
        break;
    case RequestKind::translate:
        text = "This model cannot translate: it finds passages, quotes them and answers questions "
               "about them.";
        break;
    case RequestKind::compare:
        text = "This model cannot compare: it finds passages, quotes them and answers one question "
               "at a time about them.";
        break;
    case RequestKind::write:
        text = "This model does not write texts of its own: it finds passages, quotes them and "
               "answers questions about them.";
        break;
    case RequestKind::chat:
        return "This model does not chat. Ask a question about your sources: it finds the passage "
               "that answers it, quotes it and shows where it stands.";
    case RequestKind::question:
    case RequestKind::empty:
        break;
    }
    if (numPlaces > 0) {
        text += numPlaces == 1 ? " This passage fits your request best:"
                               : " These passages fit your request best:";
    } else {
        text += " Ask about a particular point, and it will look for the passage that answers it.";
    }
    return text;
}

} // namespace answering
