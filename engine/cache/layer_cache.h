// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "cache/key_store.h"
#include "cache/row_store.h"
#include "layers/compressor.h"

namespace engine {

/// What one layer keeps of the past; typed by its ratio (reference section 3.4).
struct LayerCache
{
    WindowRing window;
    RowStore compressedRows; ///< ratio 4 or larger
    KeyStore indexKeys;      ///< ratio 4
    CompressorState compressor;
    CompressorState indexCompressor;

    void clear()
    {
        compressedRows.clear();
        indexKeys.clear();
        compressor.clear();
        indexCompressor.clear();
    }
    [[nodiscard]] std::size_t memoryBytes() const
    {
        return window.memoryBytes() + compressedRows.memoryBytes() + indexKeys.memoryBytes();
    }
};

} // namespace engine
