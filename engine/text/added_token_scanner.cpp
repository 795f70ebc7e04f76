// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/added_token_scanner.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace engine {

AddedTokenScanner::AddedTokenScanner(std::vector<AddedToken> tokens)
{
    for (AddedToken& token : tokens) {
        const auto first = static_cast<unsigned char>(token.content.front());
        m_byFirstByte[first].push_back(std::move(token));
    }
    for (auto& candidates : m_byFirstByte) {
        std::stable_sort(candidates.begin(), candidates.end(),
                         [](const AddedToken& a, const AddedToken& b) {
                             return a.content.size() > b.content.size();
                         });
    }
}

std::vector<AddedTokenScanner::Segment> AddedTokenScanner::scan(std::string_view text) const
{
    std::vector<Segment> first;
    scanFor(false, text, first);
    std::vector<Segment> segments;
    for (const Segment& segment : first) {
        if (segment.token) {
            segments.push_back(segment);
        } else {
            scanFor(true, segment.text, segments);
        }
    }
    return segments;
}

void AddedTokenScanner::scanFor(bool normalized, std::string_view text,
                                std::vector<Segment>& out) const
{
    std::size_t done = 0;
    for (std::size_t at = 0; at < text.size();) {
        const AddedToken* token = longestAt(normalized, text.substr(at));
        if (token == nullptr) {
            ++at;
            continue;
        }
        if (at > done) {
            out.push_back({text.substr(done, at - done), std::nullopt});
        }
        out.push_back({text.substr(at, token->content.size()), token->id});
        at += token->content.size();
        done = at;
    }
    if (done < text.size()) {
        out.push_back({text.substr(done), std::nullopt});
    }
}

const AddedToken* AddedTokenScanner::longestAt(bool normalized, std::string_view text) const
{
    for (const AddedToken& token : m_byFirstByte[static_cast<unsigned char>(text.front())]) {
        if (token.normalized == normalized && text.starts_with(token.content)) {
            return &token;
        }
    }
    return nullptr;
}

} // namespace engine
