// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>

#include "ingest/error.h"

namespace ingest {

struct FileFacts
{
    std::uint64_t bytes = 0;
    std::int64_t modifiedAtMs = 0; ///< Unix time

    friend bool operator==(const FileFacts&, const FileFacts&) = default;
};

/// The file's name in quotation marks, as messages show it.
[[nodiscard]] std::string quoted(const std::filesystem::path& path);

/// Errors: notFound, wrongKind (no regular file), io.
[[nodiscard]] Result<FileFacts> statFile(const std::filesystem::path& path);

/// The first `maxBytes` of a file, or all of it. A pipe or device is never opened: it could block.
/// Errors: as statFile, and cancelled.
[[nodiscard]] Result<std::string> readBytes(const std::filesystem::path& path,
                                            std::size_t maxBytes = SIZE_MAX,
                                            const std::stop_token& stop = {});

/// XXH3-128, 32 lower-case hex digits.
[[nodiscard]] std::string hashBytes(std::string_view bytes);

} // namespace ingest
