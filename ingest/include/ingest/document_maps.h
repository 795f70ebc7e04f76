// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ingest/document.h"
#include "ingest/error.h"

namespace ingest {

/// The maps as one blob, about 11 bytes a PDF word and 1 byte a line. The form carries a version
/// and a checksum; it does not depend on the machine.
[[nodiscard]] std::vector<std::byte> encodeMaps(const DocumentMaps& maps);

/// Reads what encodeMaps wrote. The bytes are not trusted: sizes, order and ranges are checked, so
/// that what comes out is safe for locate(). ErrorCode::damaged says what was wanted and found;
/// ErrorCode::unsupportedFormat is a version newer than this program.
[[nodiscard]] Result<DocumentMaps> decodeMaps(std::span<const std::byte> bytes);

} // namespace ingest
