// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/session.h"
#include "storage/session_file.h"

namespace app {

/// The engine's view of the rows in a session file, which must outlive it.
class RowSource final : public engine::CacheSource
{
public:
    explicit RowSource(storage::SessionFile& file) : m_file(file) {}

    engine::Result<void> read(std::size_t layer, engine::CacheKind kind, std::uint64_t rowBegin,
                              std::uint64_t rowCount, std::span<std::byte> out) override
    {
        auto done = m_file.readRows(static_cast<std::uint32_t>(layer),
                                    static_cast<std::uint32_t>(kind), rowBegin, rowCount, out);
        if (!done) {
            return engine::fail(engine::ErrorCode::io, done.error().message);
        }
        return {};
    }

private:
    storage::SessionFile& m_file;
};

} // namespace app
