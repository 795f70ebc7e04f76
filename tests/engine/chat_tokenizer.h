// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

/// A tokenizer.json of 512 tokens with the special tokens of a chat model of the family: every byte
/// a token, some pairs of letters, ids of its own. With the tiny checkpoint it makes a model that
/// can be talked to, if not with sense.
struct ChatTokenizer
{
    static constexpr int kFirstByte = 3;

    /// What is no special token of id below this: bytes first.
    static std::vector<std::string> specials()
    {
        return {"<｜begin▁of▁sentence｜>",
                "<｜end▁of▁sentence｜>",
                "<｜▁pad▁｜>",
                "<｜User｜>",
                "<｜Assistant｜>",
                "<think>",
                "</think>",
                "｜DSML｜",
                "<｜latest_reminder｜>",
                "<|EOT|>"};
    }

    /// `leftOut`: specials that this vocabulary lacks.
    static nlohmann::json json(const std::vector<std::string>& leftOut = {})
    {
        nlohmann::json vocab = nlohmann::json::object();
        for (int byte = 0; byte < 256; ++byte)
            vocab[symbol(byte)] = kFirstByte + byte;
        nlohmann::json added = nlohmann::json::array();
        int id = 0;
        for (const std::string& content : specials()) {
            const int own = id < kFirstByte ? id : 256 + id;
            ++id;
            if (std::find(leftOut.begin(), leftOut.end(), content) == leftOut.end())
                added.push_back({{"id", own},
                                 {"content", content},
                                 {"special", true},
                                 {"single_word", false},
                                 {"lstrip", false},
                                 {"rstrip", false},
                                 {"normalized", false}});
        }
        nlohmann::json merges = nlohmann::json::array();
        const std::string letters = "etaoinshrdlucmfw";
        int next = 256 + id;
        for (const char a : " " + letters) {
            for (const char b : letters) {
                if (next == 512)
                    break;
                const std::string left = symbol(static_cast<unsigned char>(a));
                const std::string right = symbol(static_cast<unsigned char>(b));
                vocab[left + right] = next++;
                merges.push_back({left, right});
            }
        }
        return {{"version", "1.0"},
                {"added_tokens", added},
                {"normalizer", nullptr},
                {"pre_tokenizer",
                 {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}},
                {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}}}};
    }

    static void write(const std::filesystem::path& file,
                      const std::vector<std::string>& leftOut = {})
    {
        std::ofstream(file) << json(leftOut).dump();
    }

private:
    /// The byte alphabet of GPT-2: bytes that show stand for themselves, others follow from U+0100.
    static std::string symbol(int byte)
    {
        int code = byte;
        if (byte <= 0x20)
            code = 0x100 + byte;
        else if (byte >= 0x7F && byte <= 0xA0)
            code = 0x121 + byte - 0x7F;
        else if (byte == 0xAD)
            code = 0x143;
        if (code < 0x80)
            return {static_cast<char>(code)};
        return {static_cast<char>(0xC0 + code / 64), static_cast<char>(0x80 + code % 64)};
    }
};
