// SPDX-License-Identifier: GPL-3.0-or-later
// What a model writes, any tokens in any order: thinking, tool calls begun and never ended. Nothing
// is lost but marks, nothing is invented, and what comes out are whole characters.
#include <filesystem>
#include <memory>
#include <unistd.h>

#include "../engine/chat_tokenizer.h"
#include "engine/chat.h"
#include "targets.h"

namespace fuzz {

namespace {

using namespace engine;

const ChatEncoder& encoder()
{
    static const auto made = [] {
        const auto file = std::filesystem::temp_directory_path() /
                          ("lectern-chat-" + std::to_string(::getpid()) + ".json");
        ChatTokenizer::write(file);
        auto tokenizer = Tokenizer::open(file);
        std::filesystem::remove(file);
        require(tokenizer.has_value(), "the chat's tokenizer opens");
        auto encoder = ChatEncoder::create(*tokenizer);
        require(encoder.has_value(), "its vocabulary has what a chat needs");
        return *encoder;
    }();
    return made;
}

/// Pieces of calls, so that inputs of a few bytes reach far into the parser.
const std::vector<std::vector<TokenId>>& pieces()
{
    static const auto all = [] {
        std::vector<std::vector<TokenId>> found;
        for (const char* text :
             {"<｜DSML｜tool_calls>", "</｜DSML｜tool_calls>", "<｜DSML｜invoke name=\"f\">",
              "</｜DSML｜invoke>", "<｜DSML｜parameter name=\"x\" string=\"true\">",
              "<｜DSML｜parameter name=\"y\" string=\"false\">", "</｜DSML｜parameter>",
              "{\"a\": 1}", "\n\n", "<think>", "</think>", "<｜end▁of▁sentence｜>", "\n"})
            found.push_back(encoder().tokenizer()->encodeMarked(text));
        return found;
    }();
    return all;
}

bool isWhole(const std::string& text)
{
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || i + length > text.size())
            return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U)
                return false;
        i += length;
    }
    return true;
}

} // namespace

/// Input: thinking mode, then bytes of text; from 0xC0 on a byte below 0xC0 + the number of pieces
/// stands for a piece.
void chatStream(std::span<const std::uint8_t> bytes)
{
    if (bytes.empty())
        return;
    ChatStream stream(encoder(), (bytes[0] & 1U) != 0 ? ThinkingMode::high : ThinkingMode::none);
    std::size_t given = 0;
    const auto take = [&](const std::vector<ChatEvent>& events) {
        for (const ChatEvent& event : events) {
            require(isWhole(event.text), "events hold whole characters");
            given += event.text.size();
        }
    };
    std::size_t written = 0;
    for (const std::uint8_t byte : bytes.subspan(1)) {
        const std::size_t piece = byte - 0xC0U;
        if (byte >= 0xC0 && piece < pieces().size()) {
            for (const TokenId id : pieces()[piece])
                take(stream.push(id));
            written += 64;
        } else {
            take(stream.push(ChatTokenizer::kFirstByte + byte));
            written += 3; // a byte that is no character is shown as one of three
        }
    }
    take(stream.finish());
    require(given <= written, "no text comes out that did not go in");
}

} // namespace fuzz
