// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "ingest/document.h"
#include "ingest/error.h"
#include "ingest/read_document.h"

namespace ingest {

/// Everything of a PDF but the facts about the file itself (path, hash, size, time).
[[nodiscard]] Result<Document> readPdf(const std::filesystem::path& path,
                                       const ReadOptions& options);

} // namespace ingest
