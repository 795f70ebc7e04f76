// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "model/dtype.h"

namespace engine {

/// One tensor of a checkpoint: a view into the memory-mapped file.
struct TensorView
{
    std::string name;
    DType type = DType::f32;
    std::vector<std::size_t> shape;
    std::span<const std::byte> bytes;
    const std::filesystem::path* file = nullptr; ///< owned by the Checkpoint
};

[[nodiscard]] std::string shapeText(std::span<const std::size_t> shape);

/// The tensors of a folder (`model.safetensors`, or the shards that
/// `model.safetensors.index.json` names) or of a single file; memory-mapped, never copied.
///
/// Thread rule: const once opened.
class Checkpoint
{
public:
    [[nodiscard]] static Result<std::shared_ptr<const Checkpoint>>
    openDirectory(const std::filesystem::path& directory);
    [[nodiscard]] static Result<std::shared_ptr<const Checkpoint>>
    openFile(const std::filesystem::path& file);

    ~Checkpoint();
    Checkpoint(const Checkpoint&) = delete;
    Checkpoint& operator=(const Checkpoint&) = delete;

    /// Null when there is no such tensor.
    [[nodiscard]] const TensorView* find(const std::string& name) const;
    [[nodiscard]] const std::map<std::string, TensorView>& tensors() const { return m_tensors; }
    [[nodiscard]] std::uint64_t storedBytes() const { return m_storedBytes; }
    /// The folder or file, for messages.
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    struct Mapping;
    Checkpoint();
    [[nodiscard]] Result<void> addFile(const std::filesystem::path& file);
    /// The files that an index names, each tensor in the file that it says.
    [[nodiscard]] Result<void> addShards(const std::filesystem::path& index);

    std::filesystem::path m_path;
    std::vector<std::unique_ptr<Mapping>> m_mappings;
    std::map<std::string, TensorView> m_tensors;
    std::uint64_t m_storedBytes = 0;
};

} // namespace engine
