// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <vector>

namespace engine {

/// All files of the split GGUF that `file` is part of ("x-00002-of-00005.gguf"), in order, whether
/// they exist or not; `file` alone where its name says nothing of parts.
[[nodiscard]] std::vector<std::filesystem::path> splitFilesOf(const std::filesystem::path& file);

/// The GGUF file of a folder that holds no safetensors and just one GGUF, or the first of one split
/// GGUF; empty otherwise.
[[nodiscard]] std::filesystem::path ggufIn(const std::filesystem::path& directory);

} // namespace engine
