// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "../../engine/chat_tokenizer.h"

/// Makes a folder that a chat model could be in: the tiny checkpoint (random weights, with an MTP
/// block) and a tokenizer with all special tokens of the family. What it says is nonsense.
inline std::filesystem::path makeChatModel(const std::filesystem::path& folder)
{
    namespace fs = std::filesystem;
    const fs::path tiny = fs::path(LECTERN_TEST_DATA) / "golden" / "tiny-v4";
    fs::create_directories(folder);
    for (const char* name : {"config.json", "model.safetensors"}) {
        fs::copy_file(tiny / name, folder / name, fs::copy_options::skip_existing);
    }
    ChatTokenizer::write(folder / "tokenizer.json");
    return folder;
}
