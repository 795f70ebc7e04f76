// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "engine/error.h"

namespace engine {

/// A file mapped into memory for reading; unmapped when the object goes.
class MappedFile
{
public:
    /// Fails with io, naming the file.
    [[nodiscard]] static Result<std::unique_ptr<MappedFile>>
    open(const std::filesystem::path& path);

    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    [[nodiscard]] std::span<const std::byte> bytes() const { return m_bytes; }

private:
    explicit MappedFile(std::filesystem::path path) : m_path(std::move(path)) {}

    std::filesystem::path m_path;
    std::span<const std::byte> m_bytes;
};

} // namespace engine
